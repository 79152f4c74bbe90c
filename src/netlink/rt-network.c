/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "netlink/rt-network.h"

#include <libmnl/libmnl.h>
#include <linux/if.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/net_namespace.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>

#include "netlink/netlink.h"
#include "util/array.h"

/* How often a dump that a change spoiled is asked for again. */
#define ATTEMPTS_MAX 8

union request {
        struct nlmsghdr header;
        char bytes[256]; /* the longest, a link by name, is 16 + 16 + 20 + 8 bytes */
};

static void network_clear(struct rt_network *network)
{
        for (size_t i = 0; i < network->n_links; i++)
                rt_link_deinit(&network->links[i]);
        free(network->links);
        free(network->default_routes);
        *network = (struct rt_network){};
}

struct rt_network *rt_network_free(struct rt_network *network)
{
        if (network) {
                network_clear(network);
                free(network);
        }
        return NULL;
}

static struct rt_link *find_link(const struct rt_network *network, int index)
{
        for (size_t i = 0; i < network->n_links; i++)
                if (network->links[i].index == index)
                        return &network->links[i];
        return NULL;
}

const struct rt_link *rt_network_find(const struct rt_network *network, int index)
{
        return find_link(network, index);
}

static int on_link(const struct nlmsghdr *message, void *userdata)
{
        struct rt_network *network = userdata;
        struct rt_link link = {};
        int r;

        if (network->n_links == RT_LINKS_MAX) {
                network->truncated = true;
                return 0;
        }
        r = rt_link_decode(message, &link);
        if (r != 0)
                return r;
        struct rt_link *grown = array_grow(network->links, network->n_links, sizeof(link));
        if (!grown) {
                rt_link_deinit(&link);
                return -ENOMEM;
        }
        network->links = grown;
        network->links[network->n_links++] = link;
        return 0;
}

static int on_address(const struct nlmsghdr *message, void *userdata)
{
        struct rt_network *network = userdata;
        struct rt_address address;
        int r, index;

        if (network->n_addresses == RT_ADDRESSES_MAX) {
                network->truncated = true;
                return 0;
        }
        r = rt_link_decode_address(message, &index, &address);
        if (r != 0)
                return r;
        struct rt_link *link = find_link(network, index);
        if (!link) /* came after the links were read */
                return 0;
        struct rt_address *grown = array_grow(link->addresses, link->n_addresses, sizeof(address));
        if (!grown)
                return -ENOMEM;
        link->addresses = grown;
        link->addresses[link->n_addresses++] = address;
        network->n_addresses++;
        return 0;
}

static int add_route(const struct rt_route *route, void *userdata)
{
        struct rt_network *network = userdata;
        if (network->n_default_routes == RT_ROUTES_MAX) {
                network->truncated = true;
                return 0;
        }
        struct rt_route *grown =
                array_grow(network->default_routes, network->n_default_routes, sizeof(*route));
        if (!grown)
                return -ENOMEM;
        network->default_routes = grown;
        network->default_routes[network->n_default_routes++] = *route;
        return 0;
}

static int on_route(const struct nlmsghdr *message, void *userdata)
{
        struct rt_network *network = userdata;
        int interface;

        if (!network->has_routes && rt_route_is_made(message, &interface)) {
                const struct rt_link *link = find_link(network, interface);
                network->has_routes = !link || !link->loopback;
        } else
                network->has_routes = true;
        return rt_route_decode(message, add_route, userdata);
}

static int dump(uint16_t type, uint8_t family, const struct netlink_limits *limits,
                netlink_message_fn fn, struct rt_network *network)
{
        union request u;
        struct nlmsghdr *message = netlink_request_init(&u, sizeof(u), type, NLM_F_DUMP);

        /* Every rtnetlink header begins with the family; ifinfomsg is the longest of the three. */
        struct ifinfomsg *header = mnl_nlmsg_put_extra_header(message, sizeof(*header));
        header->ifi_family = family;
        return netlink_ask_within(NETLINK_ROUTE, message, limits, fn, network);
}

static int network_fill(struct rt_network *network)
{
        static const struct {
                uint16_t type;
                uint8_t family;
                netlink_message_fn fn;
        } dumps[] = {
                {RTM_GETLINK, AF_UNSPEC, on_link},
                {RTM_GETADDR, AF_UNSPEC, on_address},
                {RTM_GETROUTE, AF_INET, on_route},
                {RTM_GETROUTE, AF_INET6, on_route},
        };

        for (size_t i = 0; i < ARRAY_SIZE(dumps); i++) {
                int r = dump(dumps[i].type, dumps[i].family, &NETLINK_LIMITS_DEFAULT, dumps[i].fn,
                             network);
                if (r < 0)
                        return r;
        }
        return 0;
}

int rt_network_read_addresses(struct rt_link *link)
{
        /* The kernel tells those of all interfaces; some thousands are enough. */
        static const struct netlink_limits limits = {.bytes = 256 * 1024, .usec = USEC_PER_SEC};
        int r = -EINTR;

        for (unsigned i = 0; i < ATTEMPTS_MAX && r == -EINTR; i++) {
                struct rt_network network = {.links = link, .n_links = 1};

                free(link->addresses);
                link->addresses = NULL;
                link->n_addresses = 0;
                r = dump(RTM_GETADDR, AF_UNSPEC, &limits, on_address, &network);
        }
        return r == -EINTR ? -EAGAIN : r;
}

static int compare_links(const void *a, const void *b)
{
        const struct rt_link *x = a, *y = b;
        return (x->index > y->index) - (x->index < y->index);
}

int rt_network_read(struct rt_network **ret)
{
        _cleanup_(rt_network_freep) struct rt_network *network = calloc(1, sizeof(*network));
        int r = -EINTR;

        if (!network)
                return -ENOMEM;
        for (unsigned i = 0; i < ATTEMPTS_MAX && r == -EINTR; i++) {
                network_clear(network);
                r = network_fill(network);
        }
        if (r < 0)
                return r == -EINTR ? -EAGAIN : r;
        if (network->n_links > 0)
                qsort(network->links, network->n_links, sizeof(*network->links), compare_links);
        *ret = TAKE_PTR(network);
        return 0;
}
