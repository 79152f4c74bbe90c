/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The interfaces, addresses and default routes of the namespace the calling thread is in, by
 * rtnetlink(7). Run by netns_thread_run(). */

#include "netlink/rt-link.h"
#include "netlink/rt-route.h"

struct rt_network {
        struct rt_link *links; /* in order of ifindex */
        size_t n_links;
        struct rt_route *default_routes; /* of the main table */
        size_t n_default_routes;
        size_t n_addresses; /* of all links */
        bool has_routes;    /* other than those that the kernel makes for a loopback interface */
        bool truncated; /* there are more than RT_LINKS_MAX, RT_ADDRESSES_MAX or RT_ROUTES_MAX */
};

/* More than this nobody reads; and how many there are, whoever owns the namespace decides. */
#define RT_LINKS_MAX     1024
#define RT_ADDRESSES_MAX 4096
#define RT_ROUTES_MAX    256

/* Reads everything, up to those limits. 0, -EAGAIN when it changes too fast for a consistent
 * answer, or a negative errno. */
int rt_network_read(struct rt_network **ret);
struct rt_network *rt_network_free(struct rt_network *network);
DEFINE_CLEANUP(struct rt_network *, rt_network_free);

/* Reads the addresses of @link, which was read in the namespace the calling thread is in, and has
 * none yet. 0, -EAGAIN as above, or a negative errno. */
int rt_network_read_addresses(struct rt_link *link);

/* The link with this index, or NULL. */
const struct rt_link *rt_network_find(const struct rt_network *network, int index);
