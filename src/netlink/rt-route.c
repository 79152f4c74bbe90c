/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "netlink/rt-route.h"

#include <linux/rtnetlink.h>

#include "netlink/rt-attribute.h"
#include "util/macro.h"

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
                if (!rt_attribute_copy_address(attr, route->family, route->gateway))
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
                        route.interface = (int)rt_attribute_number(attr, 0);
                        break;
                case RTA_PRIORITY:
                        route.metric = rt_attribute_number(attr, 0);
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

bool rt_route_is_made(const struct nlmsghdr *message, int *ret_interface)
{
        const struct rtmsg *m = mnl_nlmsg_get_payload(message);
        const struct nlattr *attr;

        *ret_interface = 0;
        if (message->nlmsg_type != RTM_NEWROUTE ||
            mnl_nlmsg_get_payload_len(message) < sizeof(*m) || m->rtm_protocol != RTPROT_KERNEL)
                return false;
        mnl_attr_for_each(attr, message, sizeof(*m))
        {
                if (mnl_attr_get_type(attr) == RTA_OIF)
                        *ret_interface = (int)rt_attribute_number(attr, 0);
        }
        return true;
}
