/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "census/procfs/dents.h"
#include "census/procfs/parse.h"
#include "census/procfs/table.h"
#include "util/file.h"
#include "util/kernel.h"
#include "util/text.h"

/* fdinfo of an io_uring lists up to 2^15 registered files. */
#define FDINFO_MAX (4 * 1024 * 1024)

/* Room for the name of an fd. */
#define FD_NAME_MAX 16

static const char *fd_name(int fd, char buffer[static FD_NAME_MAX])
{
        (void)snprintf(buffer, FD_NAME_MAX, "%d", fd);
        return buffer;
}

int table_read_fdinfo(struct table *t, int fd, char **ret, size_t *ret_size)
{
        char name[FD_NAME_MAX];

        if (t->fdinfo_dir < 0) {
                char path[64];
                (void)snprintf(path, sizeof(path), "task/%d/fdinfo", (int)t->tid);
                t->fdinfo_dir = openat(t->visit->dir_fd, path, O_PATH | O_DIRECTORY | O_CLOEXEC);
                if (t->fdinfo_dir < 0)
                        return negative_errno();
        }
        return file_read_at(t->fdinfo_dir, fd_name(fd, name), FDINFO_MAX, ret, ret_size);
}

/* Notes a unix socket whose queue holds files, for a look after the walk. */
static int note_queue(struct table *t, int fd, uint64_t inode)
{
        _cleanup_free_ char *text = NULL;
        size_t size;
        struct walker *w = t->visit->walker;

        int r = table_read_fdinfo(t, fd, &text, &size);
        if (r == -ENOMEM)
                return r;
        if (r < 0) {
                if (!is_gone(r))
                        builder_gap(w->builder, GAP_FD_REFUSED, t->visit->pid, r);
                return 0;
        }
        uint64_t scm_fds = parse_fdinfo_scm_fds(text, size);
        if (scm_fds == 0)
                return 0;
        return walker_note_queue(w, &(struct queue){.socket_inode = inode,
                                                    .scm_fds = scm_fds,
                                                    .pid = t->visit->pid,
                                                    .tid = t->tid,
                                                    .fd = fd});
}

void table_fault(struct table *t, int errnum)
{
        if (is_refused(errnum))
                visit_refused(t->visit, errnum);
        else if (errnum == -ENOMEM)
                builder_gap(t->visit->walker->builder, GAP_FAULT, t->visit->pid, errnum);
}

/* A file of some procfs holds a namespace when it lies below a net/. */
static int table_proc(struct table *t, const char *name, int fd, const struct statx *stx)
{
        char link[4096];
        const char *file;

        ssize_t n = readlinkat(t->fd_dir, name, link, sizeof(link) - 1);
        if (n < 0) {
                table_fault(t, negative_errno());
                return 0;
        }
        link[n] = '\0';
        if (!parse_proc_net_path(link, &file))
                return 0;
        struct holder h = HOLDER_OF(t->visit->pid, t->tid, fd);
        h.kind = HOLDER_PROC_NET_FILE;
        h.file_inode = stx->stx_ino;
        h.reason = "an open file below /proc/…/net: its namespace is not readable from procfs";
        h.path = text_escape_string(link);
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
                r = visit_socket(v, stx, -1, &h, &facts);
                if (r > 0 && socket_may_be_unix(&facts) && !facts.idle)
                        return note_queue(t, fd, stx->stx_ino);
                return r;
        case FILE_NSFS:
                n = readlinkat(t->fd_dir, name, link, sizeof(link) - 1);
                link[MAX(n, 0)] = '\0';
                return visit_nsfs(v, stx, -1, link, &h);
        case FILE_TUN:
                return visit_tun(v, stx, -1, &h);
        case FILE_ANON:
                return table_anon(t, name, fd);
        case FILE_PROC:
                return table_proc(t, name, fd, stx);
        default:
                return 0;
        }
}

/* Whether the rest of the table is not to be asked for, since this one was refused. */
static bool table_is_refused(const struct table *t)
{
        return t->visit->unreadable;
}

static int table_fd(struct table *t, const char *name, int fd)
{
        struct statx stx;

        if (statx(t->fd_dir, name, CLASSIFY_STATX_FLAGS, CLASSIFY_STATX_MASK, &stx) < 0) {
                table_fault(t, negative_errno());
                return 0;
        }
        int r = table_file(t, name, fd, &stx);
        return MIN(r, 0);
}

static int table_walk(struct table *t)
{
        struct dents d = DENTS_INIT(t->fd_dir, t->visit->walker->dents, DENTS_BUFFER_SIZE);
        struct coverage *coverage = builder_coverage(t->visit->walker->builder);
        uint64_t fd;
        const char *name;
        int r;

        while ((r = dents_next(&d, &fd, &name)) > 0) {
                coverage->fds++;
                r = table_fd(t, name, (int)fd);
                if (r < 0 || table_is_refused(t))
                        return r;
        }
        return is_gone(r) ? 0 : r;
}

static int visit_table(struct visit *v, pid_t tid)
{
        char path[64];

        (void)snprintf(path, sizeof(path), "task/%d/fd", (int)tid);
        _cleanup_close_ int fd_dir = openat(v->dir_fd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (fd_dir < 0) {
                int r = negative_errno();
                if (!is_gone(r))
                        visit_refused(v, r);
                return 0;
        }
        struct table t = {.visit = v, .tid = tid, .fd_dir = fd_dir, .fdinfo_dir = -EBADF};
        int r = table_walk(&t);
        fd_close(t.fdinfo_dir);
        return MIN(r, 0);
}

/* Whether the fd table of @tid is another than that of the first of @seen tasks. 1, 0, or a
 * negative errno. */
static int is_own_table(const pid_t *seen, size_t n_seen, pid_t tid)
{
        for (size_t i = 0; i < n_seen; i++) {
                int r = kernel_kcmp_files(seen[i], tid);
                if (r <= 0)
                        return r;
        }
        return 1;
}

/* The tables of threads that have one of their own. */
static int visit_thread_tables(struct visit *v)
{
        /* The tables walked so far, by one thread of each. More of them than this in one process
         * and some are walked twice, which lists their holders twice, but misses none. */
        pid_t tables[64] = {v->pid};
        size_t n_tables = 1;
        const struct number_list *tids = &v->walker->tids;

        for (size_t i = 0; i < tids->n; i++) {
                pid_t tid = (pid_t)tids->numbers[i];
                if (tid == v->pid)
                        continue;
                int r = is_own_table(tables, n_tables, tid);
                if (r == 0 || is_gone(r))
                        continue;
                if (is_refused(r)) {
                        visit_refused(v, r);
                        return 0;
                }
                if (r < 0) {
                        builder_gap(v->walker->builder, GAP_THREAD_FDS, v->pid, r);
                        return 0;
                }
                r = visit_table(v, tid);
                if (r < 0)
                        return r;
                if (n_tables < ARRAY_SIZE(tables))
                        tables[n_tables++] = tid;
        }
        return 0;
}

int visit_fds(struct visit *v)
{
        walker_at(v->walker, v->pid, SCAN_FDS);
        int r = visit_table(v, v->pid);
        return r < 0 || v->unreadable ? r : visit_thread_tables(v);
}
