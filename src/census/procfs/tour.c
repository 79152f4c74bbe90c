/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "census/procfs/tour.h"

#include <fcntl.h>
#include <inttypes.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <stdio.h>
#include <sys/socket.h>

#include "census/procfs/pass.h"
#include "census/procfs/socket-cache.h"
#include "netlink/netns-thread.h"
#include "netlink/own-socket.h"
#include "netlink/sock-diag.h"
#include "netns/visit-lock.h"
#include "proc/link.h"

struct tour {
        struct pass_share share;
        const struct number_list *pids;
        struct number_set *seen; /* inode numbers of namespaces */
        int home;                /* our own */
};

/* The way of one thread. */
struct way {
        struct tour *tour;
        struct walker *walker;
        const struct known_netns *netns; /* where it is */
};

/* Goes into the namespace of @pid, unless it has been visited. 1, 0 when there is nothing to be
 * done or no way in, or -ENOMEM. */
static int enter(struct way *way, uint64_t pid)
{
        int proc_fd = way->walker->walk->host->proc_fd;
        char path[32];
        uint64_t inode;

        (void)snprintf(path, sizeof(path), "%" PRIu64 "/ns/net", pid);
        if (proc_link_inode(proc_fd, path, "net", &inode) < 0)
                return 0;
        int r = number_set_add(way->tour->seen, inode);
        if (r <= 0)
                return r;
        _cleanup_close_ int fd = openat(proc_fd, path, O_RDONLY | O_CLOEXEC);
        return fd >= 0 && setns(fd, CLONE_NEWNET) == 0;
}

static bool is_datagram(const struct sock_record *record)
{
        return record->type == SOCK_DGRAM;
}

/* Whether nothing can be in the receive queue. How many bytes are in it does not tell: a message
 * may have none and still carry files, and an urgent byte that was read is still there. But who is
 * not connected has not been sent anything, and of those that listen the bytes are connections. */
static bool is_idle(const struct sock_record *record)
{
        if (is_datagram(record) || record->has_peer || !record->has_queues)
                return false;
        return record->state != TCP_LISTEN || record->receive_queue == 0;
}

/* Whether nothing can be in the receive queue of the other end, of which only this end can have
 * sent something: the memory of what was sent counts as the sender's until it is taken out. */
static bool is_peer_idle(const struct sock_record *record)
{
        return !is_datagram(record) && record->has_peer && record->peer_inode > 0 &&
               record->has_queues && record->send_queue == 0;
}

static int on_socket(const struct sock_record *record, void *userdata)
{
        struct way *way = userdata;
        struct socket_cache *cache = way->walker->walk->host->sockets;
        struct socket_facts facts = {
                .netns = way->netns,
                .family = AF_UNIX,
                .type = (uint8_t)record->type,
                .idle = is_idle(record),
                .perhaps_paired = is_datagram(record) && record->n_name == 0,
        };

        int r = record->inode > 0 ? socket_cache_learn(cache, record->inode, &facts) : 0;
        if (r < 0 || !is_peer_idle(record))
                return r;
        facts.idle = true;
        return socket_cache_learn(cache, record->peer_inode, &facts);
}

/* In a namespace. -ENOENT when this kernel has no such dump. */
static int ask(struct way *way)
{
        _cleanup_close_ int own = own_socket_open(AF_UNIX, SOCK_DGRAM, 0);
        if (own < 0)
                return own;
        int r = socket_cache_netns(way->walker->walk->host->sockets, own, &way->netns);
        if (r < 0)
                return r;
        socket_cache_attach(way->walker->walk->host->sockets, way->netns);
        if (atomic_load(&way->walker->walk->host->no_unix_dump))
                return 0;
        return sock_diag_walk_one(SOCK_TABLE_UNIX, on_socket, way);
}

static int visit_namespace(struct walker *w, size_t i, void *userdata)
{
        struct way *way = userdata;
        uint64_t pid = way->tour->pids->numbers[i];

        if (walker_skips(w, (pid_t)pid))
                return 0;
        walker_at(w, (pid_t)pid, SCAN_NETLINK);
        int r = enter(way, pid);
        if (r > 0)
                r = ask(way);
        if (r == -ENOENT)
                atomic_store(&w->walk->host->no_unix_dump, true);
        return r == -ENOMEM ? r : 0;
}

static int go(void *userdata)
{
        struct way *way = userdata;

        return pass_take(&way->tour->share, way->walker, visit_namespace, way);
}

static int tour_run(struct walker *w, void *userdata)
{
        struct tour *t = userdata;
        int r = netns_thread_run(t->home, go, &(struct way){.tour = t, .walker = w});

        /* Without a thread, or the right to enter, the walk asks each socket itself. */
        return r == -ENOMEM || r == -ECANCELED ? r : 0;
}

int tour_namespaces(const struct number_list *pids, struct walker *walkers, unsigned n_walkers)
{
        _cleanup_(visit_lock_release) struct visit_lock lock = visit_lock_take();
        _cleanup_close_ int home = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
        if (home < 0)
                return 0;
        struct tour t = {
                .share = {.n = pids->n}, .pids = pids, .seen = number_set_new(), .home = home};
        if (!t.seen)
                return -ENOMEM;
        int r = pass_side_by_side(walkers, n_walkers, tour_run, &t);
        number_set_free(t.seen);
        return r;
}
