/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "census/bpf/detail.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

#include "census/procfs/parse.h"
#include "util/array.h"
#include "util/file.h"
#include "util/kernel.h"
#include "util/number-set.h"
#include "util/text.h"

/* As much of one mount namespace as is read of it, and of all of them. */
#define MOUNTINFO_MAX (8 * 1024 * 1024)
#define MOUNTS_MAX    16384

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
        char path[32];

        if (h->pid <= 0)
                return 0;
        (void)snprintf(path, sizeof(path), "/proc/%d", (int)h->pid);
        _cleanup_close_ int dir = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
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

        if (!parse_mountinfo_is(mount, "nsfs") ||
            parse_typed_link(mount->root, mount->root_length, "net", &inode) < 0)
                return 0;
        target = strndup(mount->target, mount->target_length);

        if (!target || !array_make_room(&d->mounts, d->n_mounts, &d->room, sizeof(*d->mounts)))
                return -ENOMEM;
        char *path = text_escape(target, parse_unescape_octal(target, mount->target_length));
        if (!path)
                return -ENOMEM;
        d->mounts[d->n_mounts++] = (struct known_mount){inode, pid, path};
        return 0;
}

static int read_mounts_of(struct details *d, int pid_dir, pid_t pid)
{
        _cleanup_free_ char *text = NULL;
        const char *line;
        size_t size, length;
        int r = 0;

        if (file_read_at(pid_dir, "mountinfo", MOUNTINFO_MAX, &text, &size) < 0)
                return 0;
        for (const char *p = text, *end = text + size;
             r >= 0 && d->n_mounts < MOUNTS_MAX && parse_line(&p, end, &line, &length);) {
                struct mountinfo mount;
                if (parse_mountinfo(line, length, &mount) >= 0)
                        r = add_mount(d, &mount, pid);
        }
        return r;
}

/* 1: its mount namespace was not seen before. */
static int is_new(struct number_set *seen, int pid_dir)
{
        char link[64];
        uint64_t inode;

        ssize_t n = readlinkat(pid_dir, "ns/mnt", link, sizeof(link));
        if (n <= 0 || parse_typed_link(link, (size_t)n, "mnt", &inode) < 0)
                return 0;
        return number_set_add(seen, inode);
}

static int read_mounts(struct details *d)
{
        _cleanup_(number_set_freep) struct number_set *seen = number_set_new();
        int r = seen ? 0 : -ENOMEM;
        struct dirent *e;

        d->has_mounts = true;
        DIR *proc = r < 0 ? NULL : opendir("/proc");
        _cleanup_close_ int own = open("/proc/self", O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (proc && own >= 0 && is_new(seen, own) > 0)
                r = read_mounts_of(d, own, 0);
        while (proc && r >= 0 && (e = readdir(proc))) {
                uint64_t pid;
                if (text_parse_u64(e->d_name, &pid) < 0)
                        continue;
                _cleanup_close_ int dir =
                        openat(dirfd(proc), e->d_name, O_PATH | O_DIRECTORY | O_CLOEXEC);
                r = dir < 0 ? 0 : is_new(seen, dir);
                if (r > 0)
                        r = read_mounts_of(d, dir, (pid_t)pid);
        }
        if (proc)
                (void)closedir(proc);
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
