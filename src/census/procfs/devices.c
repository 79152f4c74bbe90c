/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Open files of devices, and of a bpffs, that keep the namespace they were opened in and answer no
 * question about it. */

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "census/procfs/bpf-objects.h"
#include "census/procfs/table.h"
#include "util/text.h"

static int emit(struct table *t, const char *name, int fd, const struct statx *stx,
                enum holder_kind kind, const char *reason)
{
        struct holder h = HOLDER_OF(t->visit->pid, t->tid, fd);
        char link[4096];

        int r = table_is_path(t, fd);
        if (r != 0)
                return r > 0 ? 0 : table_fdinfo_fault(t, r);
        ssize_t n = readlinkat(t->fd_dir, name, link, sizeof(link));
        if (n < 0) {
                table_fault(t, name, negative_errno());
                return 0;
        }
        h.kind = kind;
        h.file_inode = stx->stx_ino;
        h.reason = reason;
        h.path = text_escape(link, (size_t)n);
        if (!h.path)
                return -ENOMEM;
        return builder_emit_unresolved(t->visit->walker->builder, &h);
}

/* tap_open(), drivers/net/tap.c: the socket behind it is one of the opener's namespace. No ioctl
 * gives that away. */
int table_tap(struct table *t, const char *name, int fd, const struct statx *stx)
{
        return emit(t, name, fd, stx, HOLDER_TAP,
                    "a tap device keeps the namespace it was opened in, and nothing tells which");
}

/* It keeps the socket or tun file that is its backend, also when that is closed elsewhere
 * (vhost_net_set_backend(), drivers/vhost/net.c). */
int table_vhost(struct table *t, const char *name, int fd, const struct statx *stx)
{
        return emit(t, name, fd, stx, HOLDER_VHOST,
                    "a vhost device keeps the socket behind it, and nothing tells which");
}

int table_bpffs(struct table *t, const char *name, int fd, const struct statx *stx)
{
        struct stat st;

        _cleanup_close_ int file = openat(t->fd_dir, name, O_PATH | O_CLOEXEC);
        if (file < 0)
                return 0;
        if (fstat(file, &st) < 0 || st.st_ino != stx->stx_ino || !bpf_objects_may_iterate(file))
                return 0;
        return emit(t, name, fd, stx, HOLDER_BPF_ITERATOR, anon_reason(ANON_BPF_ITERATOR));
}
