/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "netlink/rt-ids.h"

#include <libmnl/libmnl.h>
#include <linux/if_link.h>
#include <linux/net_namespace.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>

#include "netlink/netlink-socket.h"
#include "netlink/netlink.h"
#include "util/array.h"

/* How often a dump that a change spoiled is asked for again. */
#define ATTEMPTS_MAX 8

/* As much as the kernel fills at a time (netlink_dump()). */
#define BUFFER_SIZE ((size_t)32 * 1024)

/* The kernel answers in the call that asks: what does not come at once, does not come. */
#define PATIENCE_SEC 5

/* A number of 32 bits; another leaves @otherwise. */
static int32_t attribute_s32(const struct nlattr *attr, int32_t otherwise)
{
        return mnl_attr_get_payload_len(attr) == sizeof(int32_t) ? (int32_t)mnl_attr_get_u32(attr)
                                                                 : otherwise;
}

int rt_ids_decode_tie(const struct nlmsghdr *message, struct rt_tie *ret)
{
        const struct ifinfomsg *m = mnl_nlmsg_get_payload(message);
        const struct nlattr *attr;

        if (message->nlmsg_type != RTM_NEWLINK)
                return 0;
        if (mnl_nlmsg_get_payload_len(message) < sizeof(*m))
                return -EBADMSG;
        *ret = (struct rt_tie){.index = m->ifi_index, .id = NETNSA_NSID_NOT_ASSIGNED};
        mnl_attr_for_each(attr, message, sizeof(*m))
        {
                if (mnl_attr_get_type(attr) == IFLA_LINK)
                        ret->link = attribute_s32(attr, 0);
                else if (mnl_attr_get_type(attr) == IFLA_LINK_NETNSID)
                        ret->id = attribute_s32(attr, NETNSA_NSID_NOT_ASSIGNED);
        }
        return ret->id >= 0;
}

static int on_link(const struct nlmsghdr *message, void *userdata)
{
        struct rt_ties *t = userdata;
        struct rt_tie tie;

        int r = rt_ids_decode_tie(message, &tie);
        if (r <= 0)
                return r;
        if (!array_make_room(&t->list, t->n, &t->room, sizeof(*t->list)))
                return -ENOMEM;
        t->list[t->n++] = tie;
        return 0;
}

int rt_ids_open(struct rt_ids *ret)
{
        const struct timeval wait = {.tv_sec = PATIENCE_SEC};
        struct rt_ids c = RT_IDS_NULL;

        c.fd = netlink_socket_open(NETLINK_ROUTE, 0);
        if (c.fd < 0)
                return c.fd;
        int r = setsockopt(c.fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait)) < 0
                        ? negative_errno()
                        : netlink_socket_connect(c.fd, 0, &c.port);
        if (r < 0) {
                rt_ids_close(&c);
                return r;
        }
        *ret = c;
        return 0;
}

void rt_ids_close(struct rt_ids *c)
{
        c->fd = fd_close(c->fd);
}

union request {
        struct nlmsghdr header;
        char bytes[64]; /* the longest is 16 + 16 + 8 + 8 bytes */
};

/* Sends @request and reads the whole answer. The conversation is over where that is not possible:
 * what is left of an answer would be in the way of the next. 0, the kernel's error, or what @fn
 * returned. */
static int converse(struct rt_ids *c, struct nlmsghdr *request, size_t bytes_max,
                    netlink_message_fn fn, void *userdata)
{
        char buffer[BUFFER_SIZE] __attribute__((aligned(NLMSG_ALIGNTO)));
        const struct netlink_answer answer = {c->port, ++c->sequence, fn, userdata};
        size_t size = 0;
        int r = 1;

        if (c->fd < 0)
                return -EBADF;
        request->nlmsg_seq = answer.sequence;
        if (send(c->fd, request, request->nlmsg_len, 0) < 0)
                r = negative_errno();
        while (r > 0) {
                ssize_t n = netlink_socket_receive(c->fd, buffer, sizeof(buffer), 0);
                if (n == -EINTR)
                        continue;
                if (n > 0)
                        r = netlink_answer_take(&answer, buffer, (size_t)n);
                else if (n < 0)
                        r = n == -EAGAIN ? -ETIME : (int)n;
                size += n > 0 ? (size_t)n : 0;
                if (r > 0 && size > bytes_max)
                        r = -EFBIG;
        }
        return r;
}

int rt_ids_list(struct rt_ids *c, int32_t id, size_t bytes_max, struct rt_ties *ties)
{
        const size_t n = ties->n;
        int r = -EINTR;

        for (unsigned i = 0; i < ATTEMPTS_MAX && r == -EINTR; i++) {
                union request u;
                struct nlmsghdr *message =
                        netlink_request_init(&u, sizeof(u), RTM_GETLINK, NLM_F_DUMP);

                (void)mnl_nlmsg_put_extra_header(message, sizeof(struct ifinfomsg));
                mnl_attr_put_u32(message, IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
                if (id >= 0)
                        mnl_attr_put_u32(message, IFLA_TARGET_NETNSID, (uint32_t)id);
                ties->n = n;
                r = converse(c, message, bytes_max, on_link, ties);
                /* A list that is not read to its end is in the way of the next question. */
                if (r < 0) {
                        rt_ids_close(c);
                        int k = rt_ids_open(c);
                        r = k < 0 ? k : r;
                }
        }
        if (r < 0)
                ties->n = n;
        return r == -EINTR ? -EAGAIN : r;
}

static int on_id(const struct nlmsghdr *message, void *userdata)
{
        const struct nlattr *attr;

        if (message->nlmsg_type != RTM_NEWNSID)
                return 0;
        mnl_attr_for_each(attr, message, sizeof(struct rtgenmsg))
        {
                if (mnl_attr_get_type(attr) == NETNSA_NSID)
                        *(int32_t *)userdata = attribute_s32(attr, NETNSA_NSID_NOT_ASSIGNED);
        }
        return 0;
}

/* Asks for the number of what the attribute @type with @value names. */
static int ask(struct rt_ids *c, uint16_t type, uint32_t value, int32_t *ret)
{
        union request u;
        struct nlmsghdr *message = netlink_request_init(&u, sizeof(u), RTM_GETNSID, NLM_F_ACK);

        (void)mnl_nlmsg_put_extra_header(message, sizeof(struct rtgenmsg));
        mnl_attr_put_u32(message, type, value);
        *ret = NETNSA_NSID_NOT_ASSIGNED;
        return converse(c, message, BUFFER_SIZE, on_id, ret);
}

int rt_ids_ask(struct rt_ids *c, struct rt_id_question *questions, size_t n)
{
        for (size_t i = 0; i < n; i++) {
                struct rt_id_question *q = &questions[i];
                q->r = q->fd >= 0 ? ask(c, NETNSA_FD, (uint32_t)q->fd, &q->id)
                                  : ask(c, NETNSA_PID, (uint32_t)q->pid, &q->id);
                if (q->r == -ETIME || q->r == -EBADF || q->r == -ENOBUFS)
                        return q->r;
                /* Before 4.20 a namespace without a number was an error. */
                if (q->r == -ENOENT)
                        q->r = 0;
        }
        return 0;
}

int rt_ids_alive(struct rt_ids *c, int32_t id)
{
        int32_t found;

        /* Taken by its number, the namespace is asked for a reference, and one that has none left
         * gives none (get_net_ns_by_id(); as a question, since 5.0). */
        int r = ask(c, NETNSA_NSID, (uint32_t)id, &found);
        return r == -ENOENT ? 0 : r < 0 ? r : found == id;
}
