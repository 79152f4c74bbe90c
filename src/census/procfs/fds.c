/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "census/procfs/dents.h"
#include "census/procfs/parse.h"
#include "census/procfs/walk.h"
#include "util/file.h"
#include "util/kernel.h"
#include "util/text.h"

/* fdinfo of an io_uring lists up to 2^15 registered files. */
#define FDINFO_MAX (4 * 1024 * 1024)

/* An fd table that is being walked: of the process, or of one thread of it. */
struct table {
        struct visit *visit;
        pid_t tid;
        int fd_dir;     /* its fd/ */
        int fdinfo_dir; /* its fdinfo/, opened when first needed */
};

static int table_read_fdinfo(struct table *t, const char *name, char **ret, size_t *ret_size)
{
        if (t->fdinfo_dir < 0) {
                char path[64];
                (void)snprintf(path, sizeof(path), "task/%d/fdinfo", (int)t->tid);
                t->fdinfo_dir = openat(t->visit->dir_fd, path, O_PATH | O_DIRECTORY | O_CLOEXEC);
                if (t->fdinfo_dir < 0)
                        return negative_errno();
        }
        return file_read_at(t->fdinfo_dir, name, FDINFO_MAX, ret, ret_size);
}

/* Notes a unix socket whose queue holds files, for a look after the walk. */
static int note_queue(struct table *t, const char *name, int fd, uint64_t inode)
{
        _cleanup_free_ char *text = NULL;
        size_t size;
        struct walker *w = t->visit->walker;

        int r = table_read_fdinfo(t, name, &text, &size);
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

struct registered_context {
        struct table *table;
        int fd;
        int r;
};

static void emit_registered(uint64_t inode, void *userdata)
{
        struct registered_context *c = userdata;
        struct holder h = HOLDER_OF(c->table->visit->pid, c->table->tid, c->fd);
        h.kind = HOLDER_IO_URING_FILE;
        h.socket_inode = inode;
        h.reason = inode > 0 ? "registered with io_uring: its namespace is not readable from procfs"
                             : "registered with io_uring: this kernel does not tell which socket";
        int r = builder_emit_unresolved(c->table->visit->walker->builder, &h);
        c->r = c->r < 0 ? c->r : r;
}

/* An anonymous inode is looked at again only when it is an io_uring. */
static int table_anon(struct table *t, const char *name, int fd)
{
        static const char io_uring[] = "anon_inode:[io_uring]";
        _cleanup_free_ char *text = NULL;
        char link[64];
        size_t size;

        ssize_t n = readlinkat(t->fd_dir, name, link, sizeof(link));
        if (n != (ssize_t)strlen(io_uring) || memcmp(link, io_uring, (size_t)n) != 0)
                return 0;
        int r = table_read_fdinfo(t, name, &text, &size);
        if (r < 0) {
                if (!is_gone(r))
                        builder_gap(t->visit->walker->builder, GAP_FD_REFUSED, t->visit->pid, r);
                return 0;
        }
        struct registered_context c = {.table = t, .fd = fd};
        parse_fdinfo_io_uring(text, size, emit_registered, &c);
        return c.r;
}

/* A file of some procfs holds a namespace when it lies below a net/. */
static int table_proc(struct table *t, const char *name, int fd, const struct statx *stx)
{
        char link[4096];
        const char *file;

        ssize_t n = readlinkat(t->fd_dir, name, link, sizeof(link) - 1);
        if (n < 0)
                return 0;
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

static int table_file(struct table *t, const char *name, int fd, const struct statx *stx)
{
        struct visit *v = t->visit;
        struct holder h = HOLDER_OF(v->pid, t->tid, fd);
        struct socket_facts facts;
        char link[64];
        ssize_t n;
        int r;

        switch (file_classify(stx, &v->walker->walk->devices)) {
        case FILE_SOCKET:
                r = visit_socket(v, stx, -1, &h, &facts);
                if (r > 0 && socket_may_be_unix(&facts) && !facts.idle)
                        return note_queue(t, name, fd, stx->stx_ino);
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

static int table_walk(struct table *t)
{
        struct visit *v = t->visit;
        struct dents d = DENTS_INIT(t->fd_dir, v->walker->dents, DENTS_BUFFER_SIZE);
        struct coverage *coverage = builder_coverage(v->walker->builder);
        uint64_t fd;
        const char *name;
        int r;

        while ((r = dents_next(&d, &fd, &name)) > 0) {
                struct statx stx;
                coverage->fds++;
                if (statx(t->fd_dir, name, CLASSIFY_STATX_FLAGS, CLASSIFY_STATX_MASK, &stx) < 0) {
                        r = negative_errno();
                        if (is_gone(r))
                                continue;
                        if (is_refused(r)) {
                                visit_refused(v, r);
                                return 0;
                        }
                        /* A file of a broken file system (EIO, ENOTCONN, …): none of the kernel's
                         * own kinds, which never fail, so it holds nothing. */
                        continue;
                }
                r = table_file(t, name, (int)fd, &stx);
                if (r < 0)
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
                if (is_gone(r))
                        return 0;
                visit_refused(v, r);
                return 0;
        }
        struct table t = {.visit = v, .tid = tid, .fd_dir = fd_dir, .fdinfo_dir = -EBADF};
        int r = table_walk(&t);
        fd_close(t.fdinfo_dir);
        return r;
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

int visit_fds(struct visit *v)
{
        /* The tables walked so far, by one thread of each. More of them than this in one process
         * and some are walked twice, which lists their holders twice, but misses none. */
        pid_t tables[64];
        size_t n_tables = 0;
        struct number_list *tids = &v->walker->tids;

        walker_at(v->walker, v->pid, SCAN_FDS);
        int r = visit_table(v, v->pid);
        if (r < 0 || v->unreadable)
                return r;
        tables[n_tables++] = v->pid;
        for (size_t i = 0; i < tids->n; i++) {
                pid_t tid = (pid_t)tids->numbers[i];
                if (tid == v->pid)
                        continue;
                r = is_own_table(tables, n_tables, tid);
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
