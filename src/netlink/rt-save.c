/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "netlink/rt-save.h"

#include <libmnl/libmnl.h>
#include <linux/if.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>

#include "netlink/netlink.h"
#include "netlink/rt-attribute.h"

#define ATTEMPTS_MAX 8

/* Routes lean on others: one to the gateway comes before the one by it. */
#define RESTORE_ROUNDS 3

struct collection {
        struct rt_save *save;
        uint32_t index;
};

void rt_save_deinit(struct rt_save *s)
{
        text_buffer_deinit(&s->messages);
}

static int append(struct rt_save *s, const struct nlmsghdr *message)
{
        static const char padding[MNL_ALIGNTO];
        size_t length = MNL_ALIGN((size_t)message->nlmsg_len);

        if (s->messages.n + length > RT_SAVE_MAX)
                return -EFBIG;
        text_buffer_add(&s->messages, (const char *)message, message->nlmsg_len);
        text_buffer_add(&s->messages, padding, length - message->nlmsg_len);
        return s->messages.failed ? -ENOMEM : 0;
}

static int on_address(const struct nlmsghdr *message, void *userdata)
{
        const struct collection *c = userdata;
        const struct ifaddrmsg *m = mnl_nlmsg_get_payload(message);

        if (message->nlmsg_type != RTM_NEWADDR || mnl_nlmsg_get_payload_len(message) < sizeof(*m))
                return 0;
        return m->ifa_index == c->index ? append(c->save, message) : 0;
}

/* Whether one of the nexthops in @nest is by the interface. */
static bool has_nexthop(const struct nlattr *nest, uint32_t index)
{
        const uint8_t *p = mnl_attr_get_payload(nest);
        size_t left = mnl_attr_get_payload_len(nest);
        struct rtnexthop hop;

        while (left >= sizeof(hop)) {
                memcpy(&hop, p, sizeof(hop));
                if (hop.rtnh_len < sizeof(hop) || RTNH_ALIGN((size_t)hop.rtnh_len) > left)
                        return false;
                if ((uint32_t)hop.rtnh_ifindex == index)
                        return true;
                p += RTNH_ALIGN((size_t)hop.rtnh_len);
                left -= RTNH_ALIGN((size_t)hop.rtnh_len);
        }
        return false;
}

static int on_route(const struct nlmsghdr *message, void *userdata)
{
        const struct collection *c = userdata;
        const struct rtmsg *m = mnl_nlmsg_get_payload(message);
        const struct nlattr *attr;
        bool is_by_it = false;
        uint32_t table;

        if (message->nlmsg_type != RTM_NEWROUTE || mnl_nlmsg_get_payload_len(message) < sizeof(*m))
                return 0;
        table = m->rtm_table;
        mnl_attr_for_each(attr, message, sizeof(*m))
        {
                uint16_t type = mnl_attr_get_type(attr);
                if (type == RTA_TABLE)
                        table = rt_attribute_number(attr, table);
                else if (type == RTA_OIF)
                        is_by_it = is_by_it || rt_attribute_number(attr, 0) == c->index;
                else if (type == RTA_MULTIPATH)
                        is_by_it = is_by_it || has_nexthop(attr, c->index);
        }
        if (!is_by_it || table == RT_TABLE_LOCAL || (m->rtm_flags & RTM_F_CLONED))
                return 0;
        return append(c->save, message);
}

static int dump(uint16_t type, netlink_message_fn fn, struct collection *c)
{
        union {
                struct nlmsghdr header;
                char bytes[64];
        } u;
        struct nlmsghdr *message = netlink_request_init(&u, sizeof(u), type, NLM_F_DUMP);

        (void)mnl_nlmsg_put_extra_header(message, sizeof(struct rtmsg));
        return netlink_ask(NETLINK_ROUTE, message, fn, c);
}

int rt_save_link(int index, struct rt_save *ret)
{
        struct rt_save s = {};
        struct collection c = {.save = &s, .index = (uint32_t)index};
        int r = -EAGAIN;

        for (unsigned i = 0; i < ATTEMPTS_MAX; i++) {
                rt_save_deinit(&s);
                r = dump(RTM_GETADDR, on_address, &c);
                if (r >= 0)
                        r = dump(RTM_GETROUTE, on_route, &c);
                if (r != -EINTR)
                        break;
                r = -EAGAIN;
        }
        if (r < 0) {
                rt_save_deinit(&s);
                return r;
        }
        *ret = s;
        return 0;
}

/* The message at @offset, or NULL when there is no whole one. */
static const struct nlmsghdr *message_at(const struct rt_save *s, size_t offset)
{
        const struct nlmsghdr *message = (const void *)(s->messages.text + offset);

        if (s->messages.n - offset < sizeof(*message) || message->nlmsg_len < sizeof(*message) ||
            MNL_ALIGN((size_t)message->nlmsg_len) > s->messages.n - offset)
                return NULL;
        return message;
}

bool rt_save_is_valid(const struct rt_save *s)
{
        for (size_t offset = 0; offset < s->messages.n;) {
                const struct nlmsghdr *message = message_at(s, offset);
                size_t least;

                if (!message)
                        return false;
                least = message->nlmsg_type == RTM_NEWADDR    ? sizeof(struct ifaddrmsg)
                        : message->nlmsg_type == RTM_NEWROUTE ? sizeof(struct rtmsg)
                                                              : SIZE_MAX;
                if (message->nlmsg_len - sizeof(*message) < least)
                        return false;
                offset += MNL_ALIGN((size_t)message->nlmsg_len);
        }
        return true;
}

/* Of an order only whether it was obeyed comes back. */
static int on_nothing(const struct nlmsghdr *message, void *userdata)
{
        return 0;
}

static int give_back(const struct nlmsghdr *message)
{
        _cleanup_free_ struct nlmsghdr *request = malloc(message->nlmsg_len);

        if (!request)
                return -ENOMEM;
        memcpy(request, message, message->nlmsg_len);
        request->nlmsg_flags = NLM_F_REQUEST | NLM_F_CREATE | NLM_F_EXCL;
        request->nlmsg_pid = 0;
        int r = netlink_ask(NETLINK_ROUTE, request, on_nothing, NULL);
        return r == -EEXIST ? 0 : r;
}

int rt_save_restore(const struct rt_save *s)
{
        int first = 0;

        for (unsigned round = 0; round < RESTORE_ROUNDS; round++) {
                first = 0;
                for (size_t offset = 0; offset < s->messages.n;) {
                        const struct nlmsghdr *message = message_at(s, offset);
                        if (!message)
                                return -EBADMSG;
                        int r = give_back(message);
                        if (r < 0 && first == 0)
                                first = r;
                        offset += MNL_ALIGN((size_t)message->nlmsg_len);
                }
                if (first == 0)
                        return 0;
        }
        return first;
}

int rt_save_switch(int index, bool up)
{
        union {
                struct nlmsghdr header;
                char bytes[64];
        } u;
        struct nlmsghdr *message = netlink_request_init(&u, sizeof(u), RTM_NEWLINK, 0);
        struct ifinfomsg *link = mnl_nlmsg_put_extra_header(message, sizeof(*link));

        link->ifi_index = index;
        link->ifi_change = IFF_UP;
        link->ifi_flags = up ? IFF_UP : 0;
        return netlink_ask(NETLINK_ROUTE, message, on_nothing, NULL);
}
