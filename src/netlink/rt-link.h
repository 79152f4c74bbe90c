/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* An interface and its addresses, as rtnetlink(7) has them. */

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

/* The states of operation by their numbers (IF_OPER_*); NULL beyond the last one. */
const char *rt_link_state_to_string(unsigned state);

/* Whether it is one of two ends (a veth), so that what it is tied to is its other end; else that is
 * the device it is made on (a vlan, a macvlan, …). */
bool rt_link_is_pair(const struct rt_link *link);

/* Reads one link of the namespace the calling thread is in, by @name or, when that is NULL, by
 * @index; no addresses. 0, -ENODEV, or a negative errno. */
int rt_link_read(const char *name, int index, struct rt_link **ret);

/* Frees what @link has, but not itself. */
void rt_link_deinit(struct rt_link *link);
struct rt_link *rt_link_free(struct rt_link *link);
DEFINE_CLEANUP(struct rt_link *, rt_link_free);

/* Decoders of one message, for the above, rt-network.c and tests. 0, 1 for a message that is not
 * wanted (another family or type), -EBADMSG, or -ENOMEM. */
int rt_link_decode(const struct nlmsghdr *message, struct rt_link *link);
int rt_link_decode_address(const struct nlmsghdr *message, int *ret_index,
                           struct rt_address *address);
