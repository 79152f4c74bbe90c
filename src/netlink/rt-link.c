/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "netlink/rt-link.h"

#include <libmnl/libmnl.h>
#include <linux/if.h>
#include <linux/if_addr.h>
#include <linux/if_arp.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>

#include "netlink/netlink.h"
#include "netlink/rt-attribute.h"
#include "util/text.h"

/* enum of include/uapi/linux/if.h (IF_OPER_*), with the names ip(8) has for them, in small letters
 */
static const char *const state_names[] = {
        "unknown", "notpresent", "down", "lowerlayerdown", "testing", "dormant", "up",
};

const char *rt_link_state_to_string(unsigned state)
{
        return state < ARRAY_SIZE(state_names) ? state_names[state] : NULL;
}

void rt_link_deinit(struct rt_link *link)
{
        free(link->name);
        free(link->kind);
        free(link->addresses);
}

struct rt_link *rt_link_free(struct rt_link *link)
{
        if (link) {
                rt_link_deinit(link);
                free(link);
        }
        return NULL;
}

bool rt_link_is_pair(const struct rt_link *link)
{
        static const char *const pairs[] = {"veth", "vxcan", "netkit"};

        for (size_t i = 0; i < ARRAY_SIZE(pairs); i++)
                if (link->kind && strcmp(link->kind, pairs[i]) == 0)
                        return true;
        return false;
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
                uint32_t state = rt_attribute_number(attr, 0);
                link->state = state_names[state < ARRAY_SIZE(state_names) ? state : 0];
                return 0;
        }
        case IFLA_ADDRESS:
                link->n_mac = MIN((size_t)mnl_attr_get_payload_len(attr), sizeof(link->mac));
                memcpy(link->mac, mnl_attr_get_payload(attr), link->n_mac);
                return 0;
        case IFLA_MTU:
                link->mtu = rt_attribute_number(attr, 0);
                return 0;
        case IFLA_MASTER:
                link->master = (int)rt_attribute_number(attr, 0);
                return 0;
        case IFLA_LINK:
                link->link = (int)rt_attribute_number(attr, 0);
                return 0;
        case IFLA_LINK_NETNSID:
                link->has_link_netnsid = true;
                link->link_netnsid = (int32_t)rt_attribute_number(attr, UINT32_MAX);
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
                rt_link_deinit(link);
                *link = (struct rt_link){};
                return r;
        }
        /* A device on itself is the kernel's way to say "on none" (sit, gre). */
        if (link->link == link->index && !link->has_link_netnsid)
                link->link = 0;
        return 0;
}

int rt_link_decode_address(const struct nlmsghdr *message, int *ret_index,
                           struct rt_address *address)
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
                if (!rt_attribute_copy_address(attr, m->ifa_family, address->bytes))
                        return -EBADMSG;
                any = true;
                local = type == IFA_LOCAL;
        }
        *ret_index = (int)m->ifa_index;
        return any ? 0 : -EBADMSG;
}

static int on_one_link(const struct nlmsghdr *message, void *userdata)
{
        return rt_link_decode(message, userdata);
}

int rt_link_read(const char *name, int index, struct rt_link **ret)
{
        _cleanup_(rt_link_freep) struct rt_link *link = calloc(1, sizeof(*link));
        union {
                struct nlmsghdr header;
                char bytes[256]; /* the longest, by name, is 16 + 16 + 20 bytes */
        } u;
        struct nlmsghdr *message = netlink_request_init(&u, sizeof(u), RTM_GETLINK, 0);
        int r;

        if (!link)
                return -ENOMEM;
        struct ifinfomsg *header = mnl_nlmsg_put_extra_header(message, sizeof(*header));
        if (name) {
                if (strlen(name) >= IFNAMSIZ)
                        return -ENODEV;
                mnl_attr_put_strz(message, IFLA_IFNAME, name);
        } else
                header->ifi_index = index;
        r = netlink_ask(NETLINK_ROUTE, message, on_one_link, link);
        if (r < 0)
                return r;
        if (link->index == 0)
                return -ENODEV;
        *ret = TAKE_PTR(link);
        return 0;
}
