/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "census/procfs/devices.h"

#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <linux/sockios.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

#include "census/procfs/anon-class.h"
#include "census/procfs/bpf-iterator.h"
#include "netns/nsfd.h"
#include "util/text.h"

/* What a tun fd of ours tells: its own namespace, its interface, and where that is now. */
static int ask_tun(int fd, struct nsfd_facts *ret, struct holder *h)
{
        struct ifreq ifr = {};
        struct stat st;

        _cleanup_close_ int nsfs = ioctl(fd, SIOCGSKNS);
        if (nsfs < 0)
                return negative_errno();
        int r = nsfd_ask(nsfs, ret);
        if (r < 0)
                return r;
        if (ioctl(fd, TUNGETIFF, &ifr) < 0)
                return 0; /* EBADFD: not attached to an interface */
        h->device = text_escape(ifr.ifr_name, strnlen(ifr.ifr_name, IFNAMSIZ));
        if (!h->device)
                return -ENOMEM;
        _cleanup_close_ int device_nsfs = ioctl(fd, TUNGETDEVNETNS);
        if (device_nsfs >= 0 && fstat(device_nsfs, &st) == 0)
                h->device_netns = st.st_ino;
        return 0;
}

int devices_look_at_tun(struct fd_table *t, const struct statx *stx, struct holder *h)
{
        struct visit *v = t->visit;
        struct nsfd_facts facts;

        h->kind = HOLDER_TUN;
        /* Asked in every scan: the interface can move to another namespace. */
        int fd = visit_getfd(v, h->tid, h->fd, stx);
        int r = fd < 0 ? fd : ask_tun(fd, &facts, h);
        fd_close(fd);
        if (r < 0)
                return visit_emit_refused(v, h, r);
        struct netns_identity id = {.inode = facts.inode};
        r = builder_emit(v->walker->builder, &id, h);
        if (r == 0)
                builder_learn(v->walker->builder, &id, &facts.facts);
        return r;
}

static int emit(struct fd_table *t, const char *name, int fd, const struct statx *stx,
                enum holder_kind kind, const char *reason)
{
        struct holder h = HOLDER_OF(t->visit->pid, t->tid, fd);
        char link[4096];

        int r = fd_table_is_path(t, fd);
        if (r != 0)
                return r > 0 ? 0 : fd_table_fdinfo_fault(t, r);
        ssize_t n = readlinkat(t->fd_dir, name, link, sizeof(link));
        if (n < 0) {
                fd_table_fault(t, name, negative_errno());
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
int devices_look_at_tap(struct fd_table *t, const char *name, int fd, const struct statx *stx)
{
        return emit(t, name, fd, stx, HOLDER_TAP,
                    "a tap device keeps the namespace it was opened in, and nothing says which");
}

/* It keeps the socket or tun file that is its backend, also when that is closed elsewhere
 * (vhost_net_set_backend(), drivers/vhost/net.c). */
int devices_look_at_vhost(struct fd_table *t, const char *name, int fd, const struct statx *stx)
{
        return emit(t, name, fd, stx, HOLDER_VHOST,
                    "a vhost device keeps the socket behind it, and nothing says which");
}

int devices_look_at_bpffs(struct fd_table *t, const char *name, int fd, const struct statx *stx)
{
        struct stat st;

        _cleanup_close_ int file = openat(t->fd_dir, name, O_PATH | O_CLOEXEC);
        if (file < 0)
                return 0;
        if (fstat(file, &st) < 0 || st.st_ino != stx->stx_ino || !bpf_iterator_may_be(file))
                return 0;
        return emit(t, name, fd, stx, HOLDER_BPF_ITERATOR, anon_class_reason(ANON_BPF_ITERATOR));
}
