/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The interfaces, addresses and default routes of the namespace the calling thread is in, by
 * rtnetlink(7), and how the kernel names other namespaces there. Run by netns_thread_run(). */

#include <linux/netlink.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "util/macro.h"

/* MAX_ADDR_LEN of include/linux/netdevice.h (InfiniBand has 20 bytes). */
#define RT_MAC_MAX 32

struct rt_address {
        int family; /* AF_INET or AF_INET6 */
        uint8_t bytes[16];
        unsigned prefix_length;
        unsigned scope; /* RT_SCOPE_* */
};

struct rt_link {
        int index;
        char *name; /* escaped */
        char *kind; /* "veth", "bridge", ...; NULL for a device that is not of a kind (lo, most
                       hardware) */
        bool loopback;
        bool up;           /* IFF_UP: switched on by someone */
        const char *state; /* of operation: "up", "down", "lowerlayerdown", "unknown", ... */
        uint8_t mac[RT_MAC_MAX];
        size_t n_mac;
        uint32_t mtu;
        int master; /* ifindex of the bridge or bond it belongs to, 0 for none */
        int link;   /* ifindex of the device it is tied to: a veth's peer, a vlan's parent; or 0 */
        bool has_link_netnsid; /* that device is in another namespace, */
        int32_t link_netnsid;  /* which has this number here; negative: in one this namespace has no
                                  number for */
        struct rt_address *addresses;
        size_t n_addresses;
};

struct rt_route {
        int family;
        bool has_gateway;
        int gateway_family; /* an IPv4 route may go by an IPv6 neighbour (5.2) */
        uint8_t gateway[16];
        int interface; /* ifindex, 0 for none */
        uint32_t metric;
};

struct rt_network {
        struct rt_link *links; /* in order of ifindex */
        size_t n_links;
        struct rt_route *default_routes; /* of the main table */
        size_t n_default_routes;
        size_t n_addresses; /* of all links */
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

/* Whether it is one of two ends (a veth), so that what it is tied to is its other end; else that is
 * the device it is made on (a vlan, a macvlan, …). */
bool rt_link_is_pair(const struct rt_link *link);

/* The link with this index, or NULL. */
const struct rt_link *rt_network_find(const struct rt_network *network, int index);

/* Reads one link, by @name or, when that is NULL, by @index; no addresses. 0, -ENODEV, or a
 * negative errno. */
int rt_link_read(const char *name, int index, struct rt_link **ret);
struct rt_link *rt_link_free(struct rt_link *link);
DEFINE_CLEANUP(struct rt_link *, rt_link_free);

/* What number the namespace of the nsfs fd @netns_fd has here (4.0): @ret is negative when it has
 * none. 0 or a negative errno. */
int rt_netnsid_read(int netns_fd, int32_t *ret);

/* Decoders of one message, for the above and for tests. 0, 1 for a message that is not wanted
 * (another family or type, no default route), -EBADMSG, or -ENOMEM. */
int rt_link_decode(const struct nlmsghdr *message, struct rt_link *link);
int rt_address_decode(const struct nlmsghdr *message, int *ret_index, struct rt_address *address);

/* A route can have several next hops: @fn is called for each, and what it returns stops or goes
 * on. */
typedef int (*rt_route_fn)(const struct rt_route *route, void *userdata);
int rt_route_decode(const struct nlmsghdr *message, rt_route_fn fn, void *userdata);
