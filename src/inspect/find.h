/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The namespaces that have an interface, an address or a MAC inside: what people arrive with. */

#include "census/census.h"
#include "netlink/rt-link.h"
#include "util/error.h"

enum find_kind {
        FIND_LINK,    /* an interface, by its name */
        FIND_ADDRESS, /* an IPv4 or IPv6 address */
        FIND_MAC,     /* a hardware address */
        FIND_ABOVE, /* an interface that is made on a device of our own namespace (macvlan, vlan) */
};

struct find_query {
        enum find_kind kind;
        const char *link;          /* FIND_LINK, FIND_ABOVE: the name, escaped (util/text.h) */
        int index;                 /* FIND_ABOVE: ifindex of that device */
        int family;                /* FIND_ADDRESS: AF_INET or AF_INET6 */
        uint8_t bytes[RT_MAC_MAX]; /* FIND_ADDRESS, FIND_MAC */
        size_t n_bytes;
};

/* Fills @ret from "10.0.0.7", "10.0.0.7/24", "fe80::1" or "fe80::1%eth0" (prefix length and zone
 * are ignored). Whether it is an address. */
bool find_parse_address(const char *s, struct find_query *ret);

/* From "7a:7a:36:71:35:24", also with "-" between the bytes; of Ethernet's length. */
bool find_parse_mac(const char *s, struct find_query *ret);

/* A namespace that is meant, and by what it was found. */
struct find_match {
        const struct netns *netns; /* of the census */
        char *how;                 /* "10.0.0.7/24 on eth0 inside"; escaped */
};

struct find {
        struct find_match *matches; /* orphaned namespaces first, then pinned, then attached ones */
        size_t n;
        size_t n_unread; /* namespaces that cannot be looked into */
};

/* Looks into every namespace of @census, one after the other, as inside_read() does. So not on a
 * thread that serves anybody, some 0.2 ms a namespace. 0 or -ENOMEM, with @ret empty. */
int find_inside(const struct census *census, const struct find_query *query, struct find *ret);

/* Adds a match, and takes @how (NULL: out of memory). 0 or -ENOMEM. */
int find_add(struct find *f, const struct netns *ns, char *how);

/* Drops the matches of @ns, which may be NULL. */
void find_drop(struct find *f, const struct netns *ns);

/* Puts them in order, and drops what is there twice. */
void find_sort(struct find *f);

void find_deinit(struct find *f);
