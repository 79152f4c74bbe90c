/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "census/procfs/dents.h"
#include "census/procfs/parse-fdinfo.h"
#include "census/procfs/proc-tree.h"
#include "census/procfs/table.h"
#include "util/file.h"
#include "util/kernel.h"
#include "util/text.h"

/* A socket's has some lines. */
#define FDINFO_MAX 65536

static const char *fd_name(int fd, char buffer[static FD_NAME_MAX])
{
        (void)snprintf(buffer, FD_NAME_MAX, "%d", fd);
        return buffer;
}

static int open_fdinfo_dir(struct table *t)
{
        char path[64];

        if (t->fdinfo_dir >= 0)
                return 0;
        (void)snprintf(path, sizeof(path), "task/%d/fdinfo", (int)t->tid);
        t->fdinfo_dir = openat(t->visit->dir_fd, path, O_PATH | O_DIRECTORY | O_CLOEXEC);
        return t->fdinfo_dir < 0 ? negative_errno() : 0;
}

int table_read_fdinfo(struct table *t, int fd, char **ret, size_t *ret_size)
{
        char name[FD_NAME_MAX];

        int r = open_fdinfo_dir(t);
        return r < 0 ? r
                     : file_read_at(t->fdinfo_dir, fd_name(fd, name), FDINFO_MAX, ret, ret_size);
}

/* Notes a unix socket whose queue holds files, for a look after the walk. */
static int note_queue(struct table *t, int fd, uint64_t inode)
{
        _cleanup_free_ char *text = NULL;
        size_t size;
        struct walker *w = t->visit->walker;

        int r = table_read_fdinfo(t, fd, &text, &size);
        if (r < 0)
                return table_fdinfo_fault(t, r);
        uint64_t scm_fds = parse_fdinfo_scm_fds(text, size);
        if (scm_fds == 0)
                return 0;
        return walker_note_queue(w, &(struct queue){.socket_inode = inode,
                                                    .scm_fds = scm_fds,
                                                    .pid = t->visit->pid,
                                                    .tid = t->tid,
                                                    .fd = fd});
}

int table_open_fdinfo(struct table *t, int fd, struct line_reader *ret)
{
        char name[FD_NAME_MAX];

        *ret = (struct line_reader){.fd = -EBADF};
        int r = open_fdinfo_dir(t);
        return r < 0 ? r : line_reader_open(ret, t->fdinfo_dir, fd_name(fd, name));
}

int table_is_path(struct table *t, int fd)
{
        _cleanup_(line_reader_closep) struct line_reader lines;
        const char *line;
        size_t length;

        int r = table_open_fdinfo(t, fd, &lines);
        while (r >= 0 && (r = line_reader_next(&lines, &line, &length)) > 0)
                if (parse_fdinfo_is_path(line, length))
                        return 1;
        return r;
}

int table_fdinfo_fault(struct table *t, int r)
{
        if (r == -ENOMEM || r == -ECANCELED)
                return r;
        if (r < 0 && !is_gone(r))
                builder_gap(t->visit->walker->builder, GAP_FD_REFUSED, t->visit->pid, r);
        return 0;
}

/* Whether the process is not what refuses. FUSE refuses even root, but for who asks for nothing
 * (fuse_getattr(), fs/fuse/dir.c); a file of a security module's liking has a name nevertheless. */
static bool is_refused_by_file(struct table *t, const char *name)
{
        struct statx stx;
        char link[2];

        if (statx(t->fd_dir, name, CLASSIFY_STATX_FLAGS, 0, &stx) == 0)
                return true;
        if (readlinkat(t->fd_dir, name, link, sizeof(link)) < 0)
                return false;
        builder_gap(t->visit->walker->builder, GAP_FD_REFUSED, t->visit->pid, EACCES);
        return true;
}

void table_fault(struct table *t, const char *name, int errnum)
{
        if (is_refused(errnum)) {
                if (!is_refused_by_file(t, name))
                        visit_refused(t->visit, errnum);
        } else if (errnum == -ENOMEM)
                builder_gap(t->visit->walker->builder, GAP_FAULT, t->visit->pid, errnum);
}

/* A file of procfs that is no process's may be one below a net/: settle.h finds out. An O_PATH fd
 * holds nothing. */
static int table_proc(struct table *t, const char *name, int fd, const struct statx *stx)
{
        struct stat st;
        char link[4096];

        if (stx->stx_ino < PROC_TREE_FIRST_INODE)
                return 0;
        ssize_t n = fstatat(t->fd_dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0
                            ? -1
                            : readlinkat(t->fd_dir, name, link, sizeof(link) - 1);
        if (n < 0) {
                table_fault(t, name, negative_errno());
                return 0;
        }
        if (!(st.st_mode & (S_IRUSR | S_IWUSR)))
                return 0;
        struct holder h = HOLDER_OF(t->visit->pid, t->tid, fd);
        h.kind = HOLDER_PROC_NET_FILE;
        h.file_inode = stx->stx_ino;
        h.reason = "an open file below /proc/…/net: its namespace is not readable from procfs";
        h.path = text_escape(link, (size_t)n);
        if (!h.path)
                return -ENOMEM;
        return builder_emit_unresolved(t->visit->walker->builder, &h);
}

/* One open file. @name: its fd as text. */
static int table_file(struct table *t, const char *name, int fd, const struct statx *stx)
{
        struct visit *v = t->visit;
        enum file_class class = file_classify(stx, &v->walker->walk->devices);
        struct holder h = HOLDER_OF(v->pid, t->tid, fd);
        struct socket_facts facts;
        char link[64];
        ssize_t n;
        int r;

        switch (class) {
        case FILE_SOCKET:
                r = visit_socket(v, stx, &h, &facts);
                if (r > 0 && socket_may_be_unix(&facts) && !facts.idle)
                        return note_queue(t, fd, stx->stx_ino);
                return r;
        case FILE_NSFS:
                n = readlinkat(t->fd_dir, name, link, sizeof(link) - 1);
                link[MAX(n, 0)] = '\0';
                return visit_nsfs(v, stx, link, &h);
        case FILE_TUN:
                return visit_tun(v, stx, &h);
        case FILE_ANON:
                return table_anon(t, name, fd, stx->stx_ino);
        case FILE_TAP:
                return table_tap(t, name, fd, stx);
        case FILE_VHOST:
                return table_vhost(t, name, fd, stx);
        case FILE_BPFFS:
                return table_bpffs(t, name, fd, stx);
        case FILE_PROC:
                return table_proc(t, name, fd, stx);
        default:
                return 0;
        }
}

int table_fd(struct table *t, const char *name, int fd)
{
        struct statx stx;

        if (statx(t->fd_dir, name, CLASSIFY_STATX_FLAGS, CLASSIFY_STATX_MASK, &stx) < 0) {
                int r = negative_errno();
                table_fault(t, name, r);
                return !is_gone(r);
        }
        int r = table_file(t, name, fd, &stx);
        return r < 0 ? r : 1;
}
