/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A default route, as rtnetlink(7) has it. */

#include <linux/netlink.h>
#include <stdbool.h>
#include <stdint.h>

struct rt_route {
        int family;
        bool has_gateway;
        int gateway_family; /* an IPv4 route may go by an IPv6 neighbour (5.2) */
        uint8_t gateway[16];
        int interface; /* ifindex, 0 for none */
        uint32_t metric;
};

/* Decodes one message. A route can have several next hops: @fn is called for each, and what it
 * returns stops or goes on. 0, 1 for a message that is not wanted (another family or type, no
 * default route), or -EBADMSG. */
typedef int (*rt_route_fn)(const struct rt_route *route, void *userdata);
int rt_route_decode(const struct nlmsghdr *message, rt_route_fn fn, void *userdata);

/* Whether @message is a route that the kernel has made by itself, for an address of the interface
 * *ret_interface (an ifindex). */
bool rt_route_is_made(const struct nlmsghdr *message, int *ret_interface);
