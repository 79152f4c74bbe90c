/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

#include "census/procfs/walk.h"
#include "netns/nsfd.h"
#include "netns/open.h"
#include "util/kernel.h"
#include "util/text.h"

/* A pidfd of the process leads to the table of its first thread, and to none when that has exited.
 */
int visit_pidfd(struct visit *v, pid_t tid)
{
        char path[64];

        if (v->pidfd >= 0 && v->pidfd_tid == tid)
                return v->pidfd;
        v->pidfd = fd_close(v->pidfd);
        int fd = kernel_pidfd_open(tid, tid == v->pid ? 0 : PIDFD_THREAD);
        if (fd == -EINVAL && tid != v->pid)
                return -ENOTSUP;
        if (fd < 0)
                return fd;
        /* The number may have gone to somebody else since /proc/PID was opened. If that still leads
         * to a living process now, it was the same one all the time. */
        (void)snprintf(path, sizeof(path), "task/%d/stat", (int)tid);
        if (faccessat(v->dir_fd, path, F_OK, 0) < 0) {
                int r = negative_errno();
                fd_close(fd);
                return r;
        }
        v->pidfd_tid = tid;
        return v->pidfd = fd;
}

int visit_getfd(struct visit *v, pid_t tid, int fd, const struct statx *expected)
{
        struct statx stx;

        int pidfd = visit_pidfd(v, tid);
        if (pidfd < 0)
                return pidfd;
        _cleanup_close_ int copy = kernel_pidfd_getfd(pidfd, fd);
        if (copy < 0)
                return copy;
        if (statx(copy, "", AT_EMPTY_PATH | CLASSIFY_STATX_FLAGS, CLASSIFY_STATX_MASK, &stx) < 0)
                return negative_errno();
        if (stx.stx_ino != expected->stx_ino || statx_device(&stx) != statx_device(expected))
                return -ENOENT;
        return TAKE_FD(copy);
}

int visit_emit_refused(struct visit *v, struct holder *h, int r)
{
        if (r == -ENOMEM)
                return r;
        if (is_gone(r))
                return 0;
        if (r == -ENOTSUP) {
                builder_gap(v->walker->builder, GAP_THREAD_FDS, v->pid, 0);
                h->reason = "in a thread's own fd table, which Linux gives access to from 6.9 on";
        } else {
                builder_gap(v->walker->builder, GAP_FD_REFUSED, v->pid, r);
                h->reason = is_refused(r) ? "not allowed to look at it"
                                          : "the kernel gave an error when asked about it";
        }
        return builder_emit_unresolved(v->walker->builder, h);
}

/* A duplicate of the file of @h, which is taken once and left in @copy. */
static int ours(struct visit *v, const struct statx *stx, const struct holder *h, int *copy)
{
        if (*copy < 0)
                *copy = visit_getfd(v, h->tid, h->fd, stx);
        return *copy;
}

/* Whether what is looked at is a reference to its file. An O_PATH fd has the inode, which outlives
 * a socket, and not the file: its link may neither be read nor written through. */
static bool is_reference(const struct visit *v, const struct holder *h)
{
        char path[64];
        struct stat st;

        (void)snprintf(path, sizeof(path), "task/%d/fd/%d", (int)h->tid, h->fd);
        return fstatat(v->dir_fd, path, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
               (st.st_mode & (S_IRUSR | S_IWUSR));
}

/* What a socket that was seen before, in this scan or an earlier one, is now. In a namespace with
 * tasks it changes no verdict, so only what will be listed is looked at again. @first: of its
 * inode, in this scan. 0, or a negative errno; -EBADF when this is no reference to it. */
static int look_at_known(struct visit *v, const struct statx *stx, struct holder *h,
                         struct socket_facts *facts, bool first, int *copy)
{
        if (facts->attached && !builder_lists(v->walker->builder, &facts->netns->id, h))
                return 0;
        if (facts->attached || !first)
                return is_reference(v, h) ? 0 : -EBADF;
        int fd = ours(v, stx, h, copy);
        return fd < 0 ? fd : socket_cache_verify(v->walker->walk->sockets, stx->stx_ino, fd, facts);
}

/* Asks the socket what is to be known of it. 0, or a negative errno: -EBADF when this is no
 * reference to it. */
static int ask_socket(struct visit *v, const struct statx *stx, struct holder *h,
                      struct socket_facts *facts, bool *ret_first)
{
        struct socket_cache *cache = v->walker->walk->sockets;
        _cleanup_close_ int copy = -EBADF;
        int fd;

        int r = socket_cache_begin(cache, stx->stx_ino, facts, ret_first);
        if (r == 0) {
                fd = ours(v, stx, h, &copy);
                r = socket_cache_commit(cache, stx->stx_ino, fd, facts);
        } else
                r = look_at_known(v, stx, h, facts, *ret_first, &copy);
        /* Of the many sockets of a namespace only those that will be listed are asked for more, and
         * no socket is duplicated twice in a scan. */
        if (r >= 0 && *ret_first && facts->type == 0 &&
            builder_lists(v->walker->builder, &facts->netns->id, h)) {
                fd = ours(v, stx, h, &copy);
                if (fd >= 0)
                        r = socket_cache_detail(cache, stx->stx_ino, fd, facts);
        }
        if (r >= 0 && facts->perhaps_paired) {
                fd = ours(v, stx, h, &copy);
                if (fd >= 0)
                        r = socket_cache_ask_pair(cache, stx->stx_ino, fd, facts);
        }
        /* The duplicate goes only now, when nobody waits for us: if it was the last, its close does
         * what the owner's would have done, and may wait as long as SO_LINGER says. */
        return r;
}

int visit_socket(struct visit *v, const struct statx *stx, struct holder *h,
                 struct socket_facts *ret_facts)
{
        bool first;

        if (h->kind == HOLDER_NONE)
                h->kind = HOLDER_SOCKET;
        h->socket_inode = stx->stx_ino;
        int r = ask_socket(v, stx, h, ret_facts, &first);
        if (first && !is_gone(r))
                builder_coverage(v->walker->builder)->sockets++;
        if (r < 0)
                return visit_emit_refused(v, h, r);
        socket_facts_tell(ret_facts, h);
        const struct known_netns *netns = ret_facts->netns;
        r = builder_emit(v->walker->builder, &netns->id, h);
        if (r < 0)
                return r;
        builder_learn(v->walker->builder, &netns->id, &netns->facts);
        return 1;
}

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

int visit_tun(struct visit *v, const struct statx *stx, struct holder *h)
{
        struct nsfd_facts facts;
        _cleanup_close_ int copy = -EBADF;

        if (h->kind == HOLDER_NONE)
                h->kind = HOLDER_TUN;
        /* Asked in every scan: the interface can move to another namespace. */
        int fd = ours(v, stx, h, &copy);
        int r = fd < 0 ? fd : ask_tun(fd, &facts, h);
        copy = fd_close(copy);
        if (r < 0)
                return visit_emit_refused(v, h, r);
        struct netns_identity id = {.inode = facts.inode};
        r = builder_emit(v->walker->builder, &id, h);
        if (r == 0)
                builder_learn(v->walker->builder, &id, &facts.facts);
        return r;
}

/* An nsfs fd for the network namespace that the file of @h is, were it an O_PATH fd, which holds
 * its namespace as any other does. -ESTALE when it is none. */
static int open_nsfs(struct visit *v, const struct statx *stx, const struct holder *h)
{
        const struct netns_wanted wanted = {.inode = stx->stx_ino};
        char path[64];

        (void)snprintf(path, sizeof(path), "task/%d/fd/%d", (int)h->tid, h->fd);
        return netns_open_link(v->dir_fd, path, &wanted);
}

/* Whether nsfs file @stx is a network namespace, asked once per inode and scan. 1, 0, or a negative
 * errno. */
static int is_netns(struct visit *v, const struct statx *stx, const char *link,
                    const struct holder *h, struct nsfd_facts *ret)
{
        struct walk *walk = v->walker->walk;

        if (number_set_has(walk->other_nsfs, stx->stx_ino))
                return 0;
        ret->inode = stx->stx_ino;
        if (number_set_has(walk->netns, stx->stx_ino))
                return 1;
        /* An fd opened through /proc/PID/ns names its type and number, "pid:[4026531836]"; one
         * opened through a bind mount has the mount's path for a name, or "/". */
        const char *number = link && link[0] != '/' ? strstr(link, ":[") : NULL;
        bool named = number && strtoull(number + 2, NULL, 10) == stx->stx_ino;
        if (named && strncmp(link, "mnt:[", 5) == 0 && !walk->mounts_listed &&
            number_set_add(walk->unseen_mntns, stx->stx_ino) == -ENOMEM)
                return -ENOMEM;
        if (named && strncmp(link, "net:[", 5) != 0)
                return MIN(number_set_add(walk->other_nsfs, stx->stx_ino), 0);
        _cleanup_close_ int fd = open_nsfs(v, stx, h);
        if (fd == -ESTALE)
                return 0;
        if (fd < 0)
                return named && !is_gone(fd) ? 1 : fd;
        (void)nsfd_ask(fd, ret);
        int r = number_set_add(walk->netns, stx->stx_ino);
        return r < 0 ? r : 1;
}

int visit_nsfs(struct visit *v, const struct statx *stx, const char *link, struct holder *h)
{
        struct nsfd_facts facts = {};

        if (h->kind == HOLDER_NONE)
                h->kind = HOLDER_NSFS_FD;
        int r = is_netns(v, stx, link, h, &facts);
        if (r < 0)
                return visit_emit_refused(v, h, r);
        if (r == 0)
                return 0;
        /* By inode alone: a task's link has no more, and so all of them meet. */
        struct netns_identity id = {.inode = facts.inode};
        r = builder_emit(v->walker->builder, &id, h);
        if (r == 0)
                builder_learn(v->walker->builder, &id, &facts.facts);
        return r;
}
