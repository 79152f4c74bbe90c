/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "census/bpf/detail.h"

#include <linux/if_tun.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

#include "proc/open.h"
#include "util/kernel.h"
#include "util/text.h"

/* What the link of the fd reads: a hint, as all such texts are. */
static int read_path(int pid_dir, struct holder *h)
{
        char name[64], link[4096];

        (void)snprintf(name, sizeof(name), "task/%d/fd/%d", (int)h->tid, h->fd);
        ssize_t n = readlinkat(pid_dir, name, link, sizeof(link));
        if (n <= 0)
                return 0;
        h->path = text_escape(link, (size_t)n);
        return h->path ? 0 : -ENOMEM;
}

/* The interface, and the namespace that it is in now. */
static int read_tun(struct holder *h)
{
        struct ifreq ifr = {};
        struct stat st;

        _cleanup_close_ int pidfd = kernel_pidfd_open(h->tid, h->tid != h->pid ? PIDFD_THREAD : 0);
        _cleanup_close_ int fd = pidfd < 0 ? pidfd : kernel_pidfd_getfd(pidfd, h->fd);
        if (fd < 0 || ioctl(fd, TUNGETIFF, &ifr) < 0)
                return 0;
        h->device = text_escape(ifr.ifr_name, strnlen(ifr.ifr_name, IFNAMSIZ));
        if (!h->device)
                return -ENOMEM;
        _cleanup_close_ int nsfs = ioctl(fd, TUNGETDEVNETNS);
        if (nsfs >= 0 && fstat(nsfs, &st) == 0)
                h->device_netns = st.st_ino;
        return 0;
}

int detail_fill(struct details *d, struct holder *h)
{
        struct detail_owner *owner = &d->owners[(unsigned)h->pid % DETAIL_OWNERS];
        bool reads = h->fd >= 0 && h->kind == HOLDER_PROC_NET_FILE;

        if (h->pid <= 0)
                return 0;
        if (owner->pid != h->pid || owner->start_nsec != h->start_nsec || reads) {
                _cleanup_close_ int root = proc_open();
                _cleanup_close_ int dir = root < 0 ? root : proc_open_process(root, h->pid);
                if (dir < 0)
                        return 0;
                *owner = (struct detail_owner){h->pid, h->start_nsec,
                                               charge_process(&d->charges, dir)};
                int r = reads ? read_path(dir, h) : 0;
                if (r < 0)
                        return r;
        }
        h->uid = owner->uid;
        return h->fd >= 0 && h->kind == HOLDER_TUN ? read_tun(h) : 0;
}
