/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "census/procfs/files.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "census/procfs/anon.h"
#include "census/procfs/devices.h"
#include "census/procfs/file-class.h"
#include "census/procfs/nsfs.h"
#include "census/procfs/sockets.h"
#include "proc/error.h"
#include "proc/fdinfo.h"
#include "proc/tree.h"
#include "util/text.h"

/* Notes a unix socket whose queue holds files, for a look after the walk. */
static int note_queue(struct fd_table *t, int fd, uint64_t inode)
{
        _cleanup_free_ char *text = NULL;
        size_t size;

        int r = fd_table_read_fdinfo(t, fd, &text, &size);
        if (r < 0)
                return fd_table_fdinfo_fault(t, r);
        uint64_t scm_fds = proc_fdinfo_scm_fds(text, size);
        if (scm_fds == 0)
                return 0;
        return queues_note(&t->visit->walker->queues, &(struct queue){.socket_inode = inode,
                                                                      .scm_fds = scm_fds,
                                                                      .pid = t->visit->pid,
                                                                      .tid = t->tid,
                                                                      .fd = fd});
}

/* A file of procfs that is no process's may be one below a net/: resolve.h finds out. An O_PATH fd
 * holds nothing. */
static int look_at_proc(struct fd_table *t, const char *name, int fd, const struct statx *stx)
{
        struct stat st;
        char link[4096];

        if (stx->stx_ino < PROC_TREE_FIRST_INODE)
                return 0;
        ssize_t n = fstatat(t->fd_dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0
                            ? -1
                            : readlinkat(t->fd_dir, name, link, sizeof(link) - 1);
        if (n < 0) {
                fd_table_fault(t, name, negative_errno());
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
static int look_by_class(struct fd_table *t, const char *name, int fd, const struct statx *stx)
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
                r = sockets_visit(v, stx, &h, &facts);
                if (r > 0 && socket_may_be_unix(&facts) && !facts.idle)
                        return note_queue(t, fd, stx->stx_ino);
                return r;
        case FILE_NSFS:
                n = readlinkat(t->fd_dir, name, link, sizeof(link) - 1);
                link[MAX(n, 0)] = '\0';
                return nsfs_visit(v, stx, link, &h);
        case FILE_TUN:
                return devices_look_at_tun(t, stx, &h);
        case FILE_ANON:
                return anon_look(t, name, fd, stx->stx_ino);
        case FILE_TAP:
                return devices_look_at_tap(t, name, fd, stx);
        case FILE_VHOST:
                return devices_look_at_vhost(t, name, fd, stx);
        case FILE_BPFFS:
                return devices_look_at_bpffs(t, name, fd, stx);
        case FILE_PROC:
                return look_at_proc(t, name, fd, stx);
        default:
                return 0;
        }
}

int files_look(struct fd_table *t, const char *name, int fd)
{
        struct statx stx;

        if (statx(t->fd_dir, name, FILE_CLASS_STATX_FLAGS, FILE_CLASS_STATX_MASK, &stx) < 0) {
                int r = negative_errno();
                fd_table_fault(t, name, r);
                return !proc_error_is_gone(r);
        }
        int r = look_by_class(t, name, fd, &stx);
        return r < 0 ? r : 1;
}
