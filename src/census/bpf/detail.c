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
#include "proc/host.h"
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
static int add_mount(struct details *d, const struct mountinfo *mount, uint64_t mntns, pid_t pid)
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
        d->mounts[d->n_mounts++] = (struct known_mount){.inode = inode,
                                                        .mntns = mntns,
                                                        .group = mount->group,
                                                        .master = mount->master,
                                                        .pid = pid,
                                                        .path = path};
        return 0;
}

static int read_mounts_of(struct details *d, int pid_dir, uint64_t mntns, pid_t pid)
{
        _cleanup_(line_reader_closep) struct line_reader lines;
        const char *line;
        size_t length;

        int r = line_reader_open(&lines, pid_dir, "mountinfo");
        while (r >= 0 && d->n_mounts < MOUNTS_MAX &&
               (r = line_reader_next(&lines, &line, &length)) > 0) {
                struct mountinfo mount;
                if (proc_mountinfo_parse(line, length, &mount) >= 0)
                        r = add_mount(d, &mount, mntns, pid);
        }
        return r == -ENOMEM ? r : 0;
}

/* All that the processes see, one of each mount namespace. */
static int read_all(struct details *d, struct number_set *seen)
{
        alignas(8) char buffer[LISTING_SIZE];
        const char *name;
        uint64_t pid, mntns;
        int r = 0;

        _cleanup_close_ int root = proc_open();
        if (root < 0)
                return 0;
        uint64_t host = proc_host_mount_namespace(root);
        struct dents listed = DENTS_INIT(root, buffer, sizeof(buffer));
        while (r >= 0 && dents_next(&listed, &pid, &name) > 0) {
                _cleanup_close_ int dir = proc_open_process(root, (pid_t)pid);
                if (dir < 0 || proc_link_inode(dir, "ns/mnt", "mnt", &mntns) < 0)
                        continue;
                r = number_set_add(seen, mntns);
                if (r > 0)
                        r = read_mounts_of(d, dir, mntns, mntns == host ? 0 : (pid_t)pid);
        }
        return r;
}

/* Numbers of nsfs files and of groups have 32 bits each. */
static uint64_t key_of(const struct known_mount *m, uint64_t group)
{
        return m->inode << 32 | (group & UINT32_MAX);
}

/* Copies have a master that is there, too, or are of one group with a mount before them. */
static int mark_copies(struct details *d, struct number_set *groups)
{
        int r = 0;

        for (size_t i = 0; i < d->n_mounts && r >= 0; i++) {
                struct known_mount *m = &d->mounts[i];
                if (m->group != 0) {
                        r = number_set_add(groups, key_of(m, m->group));
                        m->is_copy = r == 0;
                }
        }
        for (size_t i = 0; i < d->n_mounts && r >= 0; i++) {
                struct known_mount *m = &d->mounts[i];
                m->is_copy |= m->master != 0 && number_set_has(groups, key_of(m, m->master));
        }
        return r;
}

static int read_mounts(struct details *d)
{
        _cleanup_(number_set_freep) struct number_set *seen = number_set_new();
        _cleanup_(number_set_freep) struct number_set *groups = number_set_new();

        if (!seen || !groups)
                return -ENOMEM;
        d->has_mounts = true;
        int r = read_all(d, seen);
        return r < 0 ? r : mark_copies(d, groups);
}

const struct known_mount *details_mount(struct details *d, uint64_t inode, unsigned index)
{
        if (!d->has_mounts && read_mounts(d) < 0)
                return NULL;
        for (size_t i = 0; i < d->n_mounts; i++)
                if (d->mounts[i].inode == inode && !d->mounts[i].is_copy && index-- == 0)
                        return &d->mounts[i];
        return NULL;
}

unsigned details_copies(struct details *d, uint64_t inode)
{
        unsigned n = 0;

        if (!d->has_mounts && read_mounts(d) < 0)
                return 0;
        for (size_t i = 0; i < d->n_mounts; i++)
                n += d->mounts[i].inode == inode && d->mounts[i].is_copy;
        return n;
}
