/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "census/procfs/kernel-word.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>

#include "netlink/netns-thread.h"
#include "netns/handle.h"
#include "netns/nsfd.h"
#include "netns/visit-lock.h"
#include "util/clock.h"
#include "util/kernel.h"

/* Ticks are 1 to 10 ms apart. */
#define PATIENCE_NSEC UINT64_C(100000000)

/* On a thread of its own: leaves it with a socket as all there is of a new namespace, and asks for
 * that. What handle_open() said. */
static int open_orphan(void *userdata)
{
        const int *home = userdata;
        struct stat st;
        uint64_t cookie;
        socklen_t n = sizeof(cookie);

        if (unshare(CLONE_NEWNET) < 0)
                return -ENOTSUP;
        _cleanup_close_ int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        if (fd < 0 || getsockopt(fd, SOL_SOCKET, SO_NETNS_COOKIE, &cookie, &n) < 0 ||
            stat("/proc/thread-self/ns/net", &st) < 0 || setns(*home, CLONE_NEWNET) < 0)
                return -ENOTSUP;
        _cleanup_close_ int found = handle_open(st.st_ino, cookie);
        return found < 0 ? found : 1;
}

/* Whether there are handles at all: asked of the namespace that we are in, which costs nothing. */
static bool has_handles(int home)
{
        struct nsfd_facts facts;

        if (nsfd_ask(home, &facts) < 0)
                return false;
        _cleanup_close_ int fd = handle_open(facts.inode, facts.facts.cookie);
        return fd >= 0;
}

enum kernel_word_rule kernel_word_try(void)
{
        if (!handle_may_open_all())
                return KERNEL_WORD_NONE;
        _cleanup_(visit_lock_release) struct visit_lock lock = visit_lock_take();
        _cleanup_close_ int home = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
        if (home < 0 || !has_handles(home))
                return KERNEL_WORD_NONE;
        int r = netns_thread_run(home, open_orphan, &home);
        if (r > 0)
                return KERNEL_WORD_ANY;
        if (r == -ESTALE)
                return KERNEL_WORD_ACTIVE;
        /* No namespace could be made: the version must do. From 6.19 on the active rule is the
         * kernel's own, and before it, who knows. */
        return kernel_version() >= KERNEL_VERSION_OF(6, 19) ? KERNEL_WORD_ACTIVE : KERNEL_WORD_NONE;
}

void kernel_word_prepare(struct kernel_moment *m, enum kernel_word_rule rule, bool crowded)
{
        *m = (struct kernel_moment){
                .rule = rule, .crowded = crowded, .since_nsec = clock_nsec(CLOCK_REALTIME)};
        /* A file that is made from now on must show a later time, so the clock of files must move
         * on first. It does with the next tick; if it stands still, there is no telling. */
        uint64_t patience = clock_nsec(CLOCK_MONOTONIC) + PATIENCE_NSEC;
        while (clock_nsec(CLOCK_REALTIME_COARSE) <= m->since_nsec) {
                if (clock_nsec(CLOCK_MONOTONIC) > patience) {
                        m->since_nsec = 0;
                        return;
                }
                (void)clock_nanosleep(CLOCK_MONOTONIC, 0, &(struct timespec){.tv_nsec = 500000},
                                      NULL);
        }
}

/* What the nsfs inode of @fd says of the time before we asked. */
static enum kernel_word ask_inode(const struct kernel_moment *m, int fd, uint64_t inode)
{
        struct statx stx;

        if (m->since_nsec == 0 || statx(fd, "", AT_EMPTY_PATH, STATX_CTIME | STATX_INO, &stx) < 0 ||
            stx.stx_ino != inode)
                return KERNEL_WORD_SILENT;
        uint64_t made = (uint64_t)stx.stx_ctime.tv_sec * NSEC_PER_SEC + stx.stx_ctime.tv_nsec;
        if (made <= m->since_nsec)
                return KERNEL_WORD_REFERENCED;
        /* A time in the future: the clock was set back, and old cannot be told from new. */
        if (made > clock_nsec(CLOCK_REALTIME))
                return KERNEL_WORD_SILENT;
        return KERNEL_WORD_UNREFERENCED;
}

enum kernel_word kernel_word_ask(const struct kernel_moment *m, const struct netns *ns,
                                 bool visited)
{
        if (m->rule <= KERNEL_WORD_NONE || ns->id.cookie == 0 || ns->id.inode == 0)
                return KERNEL_WORD_SILENT;
        _cleanup_close_ int fd = handle_open(ns->id.inode, ns->id.cookie);
        if (fd == -ESTALE && m->rule == KERNEL_WORD_ACTIVE)
                return KERNEL_WORD_INACTIVE;
        enum kernel_word word = fd < 0 ? KERNEL_WORD_SILENT : ask_inode(m, fd, ns->id.inode);
        if (word == KERNEL_WORD_REFERENCED &&
            (m->crowded || visited || ns->count[HOLDER_NSFS_WATCH] > 0))
                return KERNEL_WORD_SILENT;
        return word;
}

enum netns_presence kernel_word_presence(enum kernel_word_rule rule,
                                         const struct netns_identity *id)
{
        struct stat st;

        if (id->cookie == 0 || id->inode == 0)
                return NETNS_PRESENCE_UNKNOWN;
        _cleanup_close_ int fd = handle_open(id->inode, id->cookie);
        if (fd >= 0)
                return fstat(fd, &st) == 0 && st.st_ino == id->inode ? NETNS_PRESENCE_THERE
                                                                     : NETNS_PRESENCE_UNKNOWN;
        return fd == -ESTALE && rule == KERNEL_WORD_ANY ? NETNS_PRESENCE_GONE
                                                        : NETNS_PRESENCE_UNKNOWN;
}
