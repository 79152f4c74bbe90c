/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What is alive inside a namespace. A value of its own: points into nothing else. */

#include <stdbool.h>
#include <stdint.h>

#include "census/census.h"
#include "netlink/rt-network.h"
#include "netlink/rules.h"
#include "netlink/sock-record.h"

/* The other end of an interface that is tied to one in another namespace. */
struct peer {
        int link;    /* ifindex of our end */
        int index;   /* ifindex of the other end, there */
        bool found;  /* that namespace is known, and the interface was still there */
        bool unseen; /* it is none of the known namespaces: nothing visible leads to it */
        bool here;   /* it is the one we run in */
        struct netns_identity netns;  /* zero where only `here` is known */
        char *name;                   /* of the other end, escaped */
        char *master;                 /* bridge or bond it belongs to there; NULL for none */
        char *master_kind;            /* "bridge"; NULL */
        struct rt_address *addresses; /* of that, else of the other end itself: the first some */
        size_t n_addresses;
};

struct socket_count {
        int family;
        const char *protocol; /* "tcp", "route", "stream": what says most; static; NULL */
        const char *state;    /* "listen"; static; NULL where a state means nothing */
        uint64_t n;
};

/* A socket that others can connect or send to. */
struct listener {
        const char *protocol; /* static: "tcp", "udp6", "unix" */
        char *address;        /* "10.0.0.2:80", "[::]:80", "/run/x.sock", "@abstract"; escaped */
        uint64_t inode;
};

/* One of the sockets that were asked for. */
struct socket_detail {
        uint64_t inode;
        enum sock_table table;
        const char *state; /* static; NULL where a state means nothing */
        bool has_queues;
        uint32_t receive_queue, send_queue; /* bytes */
        char *local, *remote;               /* addresses, escaped; NULL for none */
        uint64_t peer_inode;                /* unix: the other end, 0 for none */
        uint32_t port_id;                   /* netlink */
        uint32_t groups;                    /* netlink: multicast groups */
        uint32_t interface;                 /* bound to this one, else 0 */
        bool ring;                          /* packet: can be mapped */
};

struct inside {
        struct rt_network *network;
        struct peer *peers;
        size_t n_peers;
        uint64_t n_sockets; /* all that are listed below */
        struct socket_count *counts;
        size_t n_counts;
        struct listener *listeners; /* the first some dozens */
        size_t n_listeners;
        bool more_listeners;
        struct socket_detail *details;
        size_t n_details;
        enum rules rules; /* asked for of a pinned namespace only */
        uint64_t missing; /* tables (SOCK_TABLE_BIT) that the kernel cannot list */
};

struct inside *inside_free(struct inside *inside);
DEFINE_CLEANUP(struct inside *, inside_free);

const struct peer *inside_find_peer(const struct inside *inside, int link);
const struct socket_detail *inside_find_socket(const struct inside *inside, uint64_t inode);

/* Whether there is more of something than is listed. */
bool inside_is_truncated(const struct inside *inside);

/* Addresses other than those of loopback interfaces and link-local ones: what others can reach. */
size_t inside_count_addresses(const struct inside *inside);
/* Why traffic may go through it without any process, as through a router's, a bridge's or one of a
 * pool of ready-made ones: a clause that goes on from the namespace's name ("has an interface");
 * static. It has an interface other than loopback, a route other than the kernel's own for that, or
 * rules, or it is not known whether it has. The tunnels that the kernel puts into each namespace
 * ("sit0") do not count while they are switched off. NULL where it has none of these. */
const char *inside_may_forward(const struct inside *inside);
/* Interfaces other than loopback. */
size_t inside_count_links(const struct inside *inside);

/* "eth0 eth1" and "10.0.0.2/24": what the counts above count, separated by spaces, cut to the
 * first 16. NULL where there are none. 0 or -ENOMEM. */
int inside_summary(const struct inside *inside, char **ret_interfaces, char **ret_addresses);
