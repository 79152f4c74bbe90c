/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "census/procfs/fd-table.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

#include "census/procfs/file-class.h"
#include "proc/error.h"
#include "proc/fdinfo.h"
#include "util/file.h"

/* A socket's has some lines. */
#define FDINFO_MAX 65536

static const char *fd_name(int fd, char buffer[static FD_NAME_MAX])
{
        (void)snprintf(buffer, FD_NAME_MAX, "%d", fd);
        return buffer;
}

static int open_fdinfo_dir(struct fd_table *t)
{
        char path[64];

        if (t->fdinfo_dir >= 0)
                return 0;
        (void)snprintf(path, sizeof(path), "task/%d/fdinfo", (int)t->tid);
        t->fdinfo_dir = openat(t->visit->dir_fd, path, O_PATH | O_DIRECTORY | O_CLOEXEC);
        return t->fdinfo_dir < 0 ? negative_errno() : 0;
}

int fd_table_read_fdinfo(struct fd_table *t, int fd, char **ret, size_t *ret_size)
{
        char name[FD_NAME_MAX];

        int r = open_fdinfo_dir(t);
        return r < 0 ? r
                     : file_read_at(t->fdinfo_dir, fd_name(fd, name), FDINFO_MAX, ret, ret_size);
}

int fd_table_open_fdinfo(struct fd_table *t, int fd, struct line_reader *ret)
{
        char name[FD_NAME_MAX];

        *ret = (struct line_reader){.fd = -EBADF};
        int r = open_fdinfo_dir(t);
        return r < 0 ? r : line_reader_open(ret, t->fdinfo_dir, fd_name(fd, name));
}

int fd_table_is_path(struct fd_table *t, int fd)
{
        char name[FD_NAME_MAX];
        uint64_t flags;

        int r = open_fdinfo_dir(t);
        if (r >= 0)
                r = proc_fdinfo_read_flags(t->fdinfo_dir, fd_name(fd, name), &flags);
        return r > 0 ? (flags & O_PATH) != 0 : r;
}

int fd_table_fdinfo_fault(struct fd_table *t, int r)
{
        if (r == -ENOMEM || r == -ECANCELED)
                return r;
        if (r < 0 && !proc_error_is_gone(r))
                builder_gap(t->visit->walker->builder, GAP_FD_REFUSED, t->visit->pid, r);
        return 0;
}

/* Whether the process is not what refuses. FUSE refuses even root, but for who asks for nothing
 * (fuse_getattr(), fs/fuse/dir.c); a file of a security module's liking has a name nevertheless. */
static bool is_refused_by_file(struct fd_table *t, const char *name)
{
        struct statx stx;
        char link[2];

        if (statx(t->fd_dir, name, FILE_CLASS_STATX_FLAGS, 0, &stx) == 0)
                return true;
        if (readlinkat(t->fd_dir, name, link, sizeof(link)) < 0)
                return false;
        builder_gap(t->visit->walker->builder, GAP_FD_REFUSED, t->visit->pid, EACCES);
        return true;
}

void fd_table_fault(struct fd_table *t, const char *name, int errnum)
{
        if (proc_error_is_refused(errnum)) {
                if (!is_refused_by_file(t, name))
                        visit_refused(t->visit, errnum);
        } else if (errnum == -ENOMEM)
                builder_gap(t->visit->walker->builder, GAP_FAULT, t->visit->pid, errnum);
}
