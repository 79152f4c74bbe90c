/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "census/bpf/detail.h"

#include <linux/if_tun.h>
#include <net/if.h>
#include <stdalign.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

#include "proc/dents.h"
#include "proc/link.h"
#include "proc/mountinfo.h"
#include "proc/open.h"
#include "util/array.h"
#include "util/kernel.h"
#include "util/line-reader.h"
#include "util/number-set.h"
#include "util/text.h"

/* Of all mount namespaces. */
#define MOUNTS_MAX 16384

#define LISTING_SIZE 4096

void details_deinit(struct details *d)
{
        for (size_t i = 0; i < d->n_mounts; i++)
                free(d->mounts[i].path);
        free(d->mounts);
        *d = (struct details){};
}

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

int details_fill(struct details *d, struct holder *h)
{
        if (h->pid <= 0)
                return 0;
        _cleanup_close_ int root = proc_open();
        _cleanup_close_ int dir = root < 0 ? root : proc_open_process(root, h->pid);
        if (dir < 0)
                return 0;
        h->uid = charge_process(&d->charges, dir);
        if (h->fd < 0)
                return 0;
        if (h->kind == HOLDER_PROC_NET_FILE)
                return read_path(dir, h);
        return h->kind == HOLDER_TUN ? read_tun(h) : 0;
}

/* The mount of a network namespace's file; of all else, nothing. */
static int add_mount(struct details *d, const struct mountinfo *mount, pid_t pid)
{
        _cleanup_free_ char *target = NULL;
        uint64_t inode;

        if (!proc_mountinfo_is(mount, "nsfs") ||
            proc_link_parse(mount->root, mount->root_length, "net", &inode) < 0)
                return 0;
        target = strndup(mount->target, mount->target_length);

        if (!target || !array_make_room(&d->mounts, d->n_mounts, &d->room, sizeof(*d->mounts)))
                return -ENOMEM;
        char *path = text_escape(target, proc_mountinfo_unescape(target, mount->target_length));
        if (!path)
                return -ENOMEM;
        d->mounts[d->n_mounts++] = (struct known_mount){inode, pid, path};
        return 0;
}

static int read_mounts_of(struct details *d, int pid_dir, pid_t pid)
{
        _cleanup_(line_reader_closep) struct line_reader lines;
        const char *line;
        size_t length;

        int r = line_reader_open(&lines, pid_dir, "mountinfo");
        while (r >= 0 && d->n_mounts < MOUNTS_MAX &&
               (r = line_reader_next(&lines, &line, &length)) > 0) {
                struct mountinfo mount;
                if (proc_mountinfo_parse(line, length, &mount) >= 0)
                        r = add_mount(d, &mount, pid);
        }
        return r == -ENOMEM ? r : 0;
}

/* 1: its mount namespace was not seen before. */
static int is_new(struct number_set *seen, int pid_dir)
{
        uint64_t inode;

        return proc_link_inode(pid_dir, "ns/mnt", "mnt", &inode) < 0 ? 0
                                                                     : number_set_add(seen, inode);
}

static int read_mounts(struct details *d)
{
        _cleanup_(number_set_freep) struct number_set *seen = number_set_new();
        alignas(8) char buffer[LISTING_SIZE];
        const char *name;
        uint64_t pid;
        int r = 0;

        if (!seen)
                return -ENOMEM;
        d->has_mounts = true;
        _cleanup_close_ int root = proc_open();
        if (root < 0)
                return 0;
        _cleanup_close_ int own = proc_open_process(root, getpid());
        if (own >= 0 && is_new(seen, own) > 0)
                r = read_mounts_of(d, own, 0);
        struct dents listed = DENTS_INIT(root, buffer, sizeof(buffer));
        while (r >= 0 && dents_next(&listed, &pid, &name) > 0) {
                _cleanup_close_ int dir = proc_open_process(root, (pid_t)pid);
                r = dir < 0 ? 0 : is_new(seen, dir);
                if (r > 0)
                        r = read_mounts_of(d, dir, (pid_t)pid);
        }
        return r;
}

const struct known_mount *details_mount(struct details *d, uint64_t inode, unsigned index)
{
        if (!d->has_mounts && read_mounts(d) < 0)
                return NULL;
        for (size_t i = 0; i < d->n_mounts; i++)
                if (d->mounts[i].inode == inode && index-- == 0)
                        return &d->mounts[i];
        return NULL;
}
