/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <libmnl/libmnl.h>
#include <linux/if.h>
#include <linux/if_addr.h>
#include <linux/if_arp.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>

#include "netlink/rtnetlink.h"
#include "util/text.h"

/* enum of include/uapi/linux/if.h (IF_OPER_*), with the names ip(8) has for them, in small letters
 */
static const char *const state_names[] = {
        "unknown", "notpresent", "down", "lowerlayerdown", "testing", "dormant", "up",
};

/* A number of 8 or 32 bits; others are left at @otherwise. */
static uint32_t attribute_number(const struct nlattr *attr, uint32_t otherwise)
{
        switch (mnl_attr_get_payload_len(attr)) {
        case sizeof(uint8_t):
                return mnl_attr_get_u8(attr);
        case sizeof(uint32_t):
                return mnl_attr_get_u32(attr);
        default:
                return otherwise;
        }
}

/* Names of interfaces may hold any byte but '/', white space and ':', so also an escape sequence.
 */
static int attribute_string(const struct nlattr *attr, char **ret)
{
        const char *s = mnl_attr_get_payload(attr);

        free(*ret);
        *ret = text_escape(s, strnlen(s, mnl_attr_get_payload_len(attr)));
        return *ret ? 0 : -ENOMEM;
}

static int decode_link_info(const struct nlattr *nest, struct rt_link *link)
{
        const struct nlattr *attr;

        mnl_attr_for_each_nested(attr, nest)
        {
                if (mnl_attr_get_type(attr) == IFLA_INFO_KIND)
                        return attribute_string(attr, &link->kind);
        }
        return 0;
}

static int decode_link_attribute(const struct nlattr *attr, struct rt_link *link)
{
        switch (mnl_attr_get_type(attr)) {
        case IFLA_IFNAME:
                return attribute_string(attr, &link->name);
        case IFLA_LINKINFO:
                return decode_link_info(attr, link);
        case IFLA_OPERSTATE: {
                uint32_t state = attribute_number(attr, 0);
                link->state = state_names[state < ARRAY_SIZE(state_names) ? state : 0];
                return 0;
        }
        case IFLA_ADDRESS:
                link->n_mac = MIN((size_t)mnl_attr_get_payload_len(attr), sizeof(link->mac));
                memcpy(link->mac, mnl_attr_get_payload(attr), link->n_mac);
                return 0;
        case IFLA_MTU:
                link->mtu = attribute_number(attr, 0);
                return 0;
        case IFLA_MASTER:
                link->master = (int)attribute_number(attr, 0);
                return 0;
        case IFLA_LINK:
                link->link = (int)attribute_number(attr, 0);
                return 0;
        case IFLA_LINK_NETNSID:
                link->has_link_netnsid = true;
                link->link_netnsid = (int32_t)attribute_number(attr, UINT32_MAX);
                return 0;
        default:
                return 0;
        }
}

int rt_link_decode(const struct nlmsghdr *message, struct rt_link *link)
{
        const struct ifinfomsg *m = mnl_nlmsg_get_payload(message);
        const struct nlattr *attr;
        int r = 0;

        if (message->nlmsg_type != RTM_NEWLINK)
                return 1;
        if (mnl_nlmsg_get_payload_len(message) < sizeof(*m))
                return -EBADMSG;
        *link = (struct rt_link){
                .index = m->ifi_index,
                .loopback = m->ifi_type == ARPHRD_LOOPBACK,
                .up = m->ifi_flags & IFF_UP,
                .state = state_names[0],
        };
        mnl_attr_for_each(attr, message, sizeof(*m))
        {
                r = decode_link_attribute(attr, link);
                if (r < 0)
                        break;
        }
        if (r == 0 && !link->name)
                r = -EBADMSG;
        if (r < 0) {
                free(link->name);
                free(link->kind);
                *link = (struct rt_link){};
                return r;
        }
        /* A device on itself is the kernel's way to say "on none" (sit, gre). */
        if (link->link == link->index && !link->has_link_netnsid)
                link->link = 0;
        return 0;
}

/* Copies an address that is exactly as long as @family wants it. */
static bool copy_address(const struct nlattr *attr, int family, uint8_t bytes[static 16])
{
        size_t n = family == AF_INET6 ? 16 : 4;

        if (mnl_attr_get_payload_len(attr) != n)
                return false;
        memcpy(bytes, mnl_attr_get_payload(attr), n);
        return true;
}

int rt_address_decode(const struct nlmsghdr *message, int *ret_index, struct rt_address *address)
{
        const struct ifaddrmsg *m = mnl_nlmsg_get_payload(message);
        const struct nlattr *attr;
        bool local = false, any = false;

        if (message->nlmsg_type != RTM_NEWADDR)
                return 1;
        if (mnl_nlmsg_get_payload_len(message) < sizeof(*m))
                return -EBADMSG;
        if (m->ifa_family != AF_INET && m->ifa_family != AF_INET6)
                return 1;
        *address = (struct rt_address){
                .family = m->ifa_family,
                .prefix_length = m->ifa_prefixlen,
                .scope = m->ifa_scope,
        };
        /* IFA_ADDRESS is the far end of a point-to-point link; our own is then IFA_LOCAL. */
        mnl_attr_for_each(attr, message, sizeof(*m))
        {
                uint16_t type = mnl_attr_get_type(attr);
                if (type != IFA_LOCAL && (type != IFA_ADDRESS || local))
                        continue;
                if (!copy_address(attr, m->ifa_family, address->bytes))
                        return -EBADMSG;
                any = true;
                local = type == IFA_LOCAL;
        }
        *ret_index = (int)m->ifa_index;
        return any ? 0 : -EBADMSG;
}

static int decode_gateway(const struct nlattr *attr, struct rt_route *route)
{
        if (mnl_attr_get_type(attr) == RTA_VIA) {
                const struct rtvia *via = mnl_attr_get_payload(attr);
                size_t n = mnl_attr_get_payload_len(attr);
                if (n != sizeof(*via) + 16 || via->rtvia_family != AF_INET6)
                        return 0;
                route->gateway_family = AF_INET6;
                memcpy(route->gateway, via->rtvia_addr, 16);
        } else {
                route->gateway_family = route->family;
                if (!copy_address(attr, route->family, route->gateway))
                        return -EBADMSG;
        }
        route->has_gateway = true;
        return 0;
}

static int decode_next_hops(const struct nlattr *nest, const struct rt_route *base, rt_route_fn fn,
                            void *userdata)
{
        const char *p = mnl_attr_get_payload(nest);
        size_t left = mnl_attr_get_payload_len(nest);

        while (left >= sizeof(struct rtnexthop)) {
                const struct rtnexthop *hop = (const void *)p;
                struct rt_route route = *base;
                const void *attributes = p + sizeof(*hop);
                const struct nlattr *attr;
                int r;

                if (hop->rtnh_len < sizeof(*hop) || hop->rtnh_len > left)
                        return -EBADMSG;
                route.interface = hop->rtnh_ifindex;
                mnl_attr_for_each_payload(attributes, (size_t)hop->rtnh_len - sizeof(*hop))
                {
                        if (mnl_attr_get_type(attr) != RTA_GATEWAY &&
                            mnl_attr_get_type(attr) != RTA_VIA)
                                continue;
                        r = decode_gateway(attr, &route);
                        if (r < 0)
                                return r;
                }
                r = fn(&route, userdata);
                if (r < 0)
                        return r;
                size_t step = MIN(left, (size_t)RTNH_ALIGN(hop->rtnh_len));
                p += step;
                left -= step;
        }
        return 0;
}

int rt_route_decode(const struct nlmsghdr *message, rt_route_fn fn, void *userdata)
{
        const struct rtmsg *m = mnl_nlmsg_get_payload(message);
        const struct nlattr *attr, *hops = NULL;
        struct rt_route route = {};
        int r;

        if (message->nlmsg_type != RTM_NEWROUTE)
                return 1;
        if (mnl_nlmsg_get_payload_len(message) < sizeof(*m))
                return -EBADMSG;
        if ((m->rtm_family != AF_INET && m->rtm_family != AF_INET6) || m->rtm_dst_len != 0 ||
            m->rtm_table != RT_TABLE_MAIN || m->rtm_type != RTN_UNICAST)
                return 1;
        route.family = m->rtm_family;
        mnl_attr_for_each(attr, message, sizeof(*m))
        {
                switch (mnl_attr_get_type(attr)) {
                case RTA_OIF:
                        route.interface = (int)attribute_number(attr, 0);
                        break;
                case RTA_PRIORITY:
                        route.metric = attribute_number(attr, 0);
                        break;
                case RTA_MULTIPATH:
                        hops = attr;
                        break;
                case RTA_GATEWAY:
                case RTA_VIA:
                        r = decode_gateway(attr, &route);
                        if (r < 0)
                                return r;
                        break;
                }
        }
        return hops ? decode_next_hops(hops, &route, fn, userdata) : fn(&route, userdata);
}
