/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "census/procfs/netns_open.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>

#include "census/procfs/nsfd.h"
#include "census/procfs/witness.h"
#include "util/kernel.h"
#include "util/text.h"

static int open_task(struct walk *walk, const struct holder *h)
{
        char path[64];

        (void)snprintf(path, sizeof(path), "%d/task/%d/ns/net", (int)h->pid, (int)h->tid);
        int fd = openat(walk->proc_fd, path, O_RDONLY | O_CLOEXEC);
        return fd < 0 ? negative_errno() : fd;
}

/* Duplicates nothing: an nsfs fd can be opened anew through its link, even after its mount went. */
static int open_fd(struct walk *walk, const struct holder *h)
{
        char path[64];
        struct stat st;

        (void)snprintf(path, sizeof(path), "%d/task/%d/fd/%d", (int)h->pid, (int)h->tid, h->fd);
        /* O_PATH first: the number may lead to some device by now, which an open would start. */
        _cleanup_close_ int found = openat(walk->proc_fd, path, O_PATH | O_CLOEXEC);
        if (found < 0 || fstat(found, &st) < 0)
                return negative_errno();
        struct statx stx = {.stx_dev_major = major(st.st_dev), .stx_dev_minor = minor(st.st_dev)};
        if (statx_device(&stx) != walk->devices.nsfs)
                return -ENOENT;
        (void)snprintf(path, sizeof(path), "/proc/thread-self/fd/%d", found);
        int fd = open(path, O_RDONLY | O_CLOEXEC);
        return fd < 0 ? negative_errno() : fd;
}

/* The mount point lies in the root of the process whose mounts were read. */
static int open_mount(struct walk *walk, const struct holder *h)
{
        _cleanup_free_ char *target = strdup(h->path);
        char path[64];
        struct statx stx;
        struct open_how how = {.flags = O_PATH | O_CLOEXEC | O_NOFOLLOW,
                               .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS};

        if (!target)
                return -ENOMEM;
        (void)text_unescape(target);
        (void)snprintf(path, sizeof(path), "%d/root", (int)h->pid);
        _cleanup_close_ int root = openat(walk->proc_fd, path, O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (root < 0)
                return negative_errno();
        _cleanup_close_ int found = (int)syscall(SYS_openat2, root, target, &how, sizeof(how));
        if (found < 0 ||
            statx(found, "", AT_EMPTY_PATH | CLASSIFY_STATX_FLAGS, CLASSIFY_STATX_MASK, &stx) < 0)
                return negative_errno();
        /* Another mount may cover it, of whatever. */
        if (statx_device(&stx) != walk->devices.nsfs)
                return -ENOENT;
        (void)snprintf(path, sizeof(path), "/proc/thread-self/fd/%d", found);
        int fd = open(path, O_RDONLY | O_CLOEXEC);
        return fd < 0 ? negative_errno() : fd;
}

static int open_through(struct walk *walk, const struct holder *h)
{
        switch (h->kind) {
        case HOLDER_TASK:
                return open_task(walk, h);
        case HOLDER_NSFS_FD:
                return open_fd(walk, h);
        case HOLDER_NSFS_MOUNT:
                return open_mount(walk, h);
        default:
                return -ENXIO;
        }
}

int netns_open(struct walk *walk, const struct netns *ns)
{
        struct stat st;

        for (size_t i = 0; i < ns->n_holders; i++) {
                _cleanup_close_ int fd = open_through(walk, &ns->holders[i]);
                if (fd >= 0 && fstat(fd, &st) == 0 && st.st_ino == ns->id.inode)
                        return TAKE_FD(fd);
        }
        _cleanup_close_ int fd = ns->id.cookie ? witness_open(&ns->id) : -ENXIO;
        if (fd >= 0 && fstat(fd, &st) == 0 && st.st_ino == ns->id.inode)
                return TAKE_FD(fd);
        return -ENXIO;
}

static void complete(struct netns *ns, struct walk *walk)
{
        struct nsfd_facts facts;

        _cleanup_close_ int fd = netns_open(walk, ns);
        if (fd < 0 || nsfd_ask(fd, &facts) < 0)
                return;
        if (ns->id.cookie == 0)
                ns->id.cookie = facts.facts.cookie;
        if (facts.facts.has_owner) {
                ns->has_owner = true;
                ns->owner_userns = facts.facts.owner_userns;
                ns->owner_uid = facts.facts.owner_uid;
        }
}

void census_complete_owners(struct census *census, struct walk *walk)
{
        for (size_t i = 0; i < census->n_namespaces; i++) {
                struct netns *ns = &census->namespaces[i];
                if (ns->id.inode && (!ns->has_owner || ns->id.cookie == 0))
                        complete(ns, walk);
        }
}
