/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "inspect/inside-read.h"

#include <fcntl.h>

#include "inspect/inside-peers.h"
#include "inspect/inside-sockets.h"
#include "inspect/reach.h"
#include "netlink/netns-thread.h"
#include "netns/visit-lock.h"

struct question {
        const struct netns *ns;
        const struct census *census;
        const uint64_t *inodes;
        size_t n_inodes;
        int own_netns;
        struct inside *inside;
        struct peer_netns *peers;
        bool all; /* namespaces could be asked */
};

/* On the thread that has entered. */
static int read_inside(void *userdata)
{
        struct question *q = userdata;
        int r;

        r = rt_network_read(&q->inside->network);
        if (r < 0)
                return r;
        r = inside_sockets_read(q->inside, q->inodes, q->n_inodes);
        if (r < 0)
                return r;
        /* Only those are ever advised to be deleted. */
        if (q->ns->verdict == VERDICT_PINNED)
                q->inside->rules = rules_find();
        return inside_peers_netns_find(q->inside->network, q->ns, q->census, q->own_netns,
                                       &q->peers, &q->all);
}

int inside_read(const struct netns *ns, const struct census *census, const uint64_t *inodes,
                size_t n_inodes, struct inside **ret, struct error *error)
{
        _cleanup_(inside_freep) struct inside *inside = calloc(1, sizeof(*inside));
        _cleanup_(inside_peers_netns_freep) struct peer_netns *peers = NULL;
        _cleanup_(visit_lock_release) struct visit_lock lock = {}; /* ends last */
        _cleanup_close_ int own = -EBADF, fd = -EBADF;
        char name[NETNS_NAME_MAX];
        int r;

        if (!inside)
                return error_oom(error);
        lock = visit_lock_take();
        own = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
        if (own < 0)
                return error_set_errno(error, errno, "Failed to open our own network namespace");
        fd = reach_netns(ns, error);
        if (fd < 0)
                return fd;
        struct question q = {ns, census, inodes, n_inodes, own, inside, NULL, false};
        r = netns_thread_run(fd, read_inside, &q);
        peers = q.peers;
        /* From here on nothing of ours holds the namespace. */
        fd = fd_close(fd);
        if (r >= 0)
                r = inside_peers_read(inside, peers, q.all);
        if (r == -EFBIG || r == -ETIME)
                return error_set(error, -r, "Failed to look into %s: it has too much in it to list",
                                 netns_identity_format(&ns->id, name));
        if (r < 0)
                return error_set_errno(error, -r, "Failed to look into %s",
                                       netns_identity_format(&ns->id, name));
        *ret = TAKE_PTR(inside);
        return 0;
}
