/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The kernel's answers, byte by byte: the first says of which table or type, the others are the
 * message. */

#include <linux/rtnetlink.h>

#include "fuzz.h"
#include "netlink/netlink.h"
#include "netlink/rt-ids.h"
#include "netlink/rt-network.h"
#include "netlink/sock-record.h"

static struct nlmsghdr *new_message(uint16_t type, const uint8_t *data, size_t size)
{
        /* A message takes a whole number of words, also the last of a dump. */
        struct nlmsghdr *message = calloc(1, NLMSG_ALIGN(sizeof(*message) + size));

        must(message);
        message->nlmsg_type = type;
        message->nlmsg_len = (uint32_t)(sizeof(*message) + size);
        if (size > 0)
                memcpy(message + 1, data, size);
        return message;
}

static void fuzz_socket(enum sock_table table, const uint8_t *data, size_t size)
{
        _cleanup_free_ struct nlmsghdr *message = new_message(0, data, size);
        const uint8_t *begin = (const uint8_t *)message,
                      *end = begin + NLMSG_ALIGN(message->nlmsg_len);
        struct sock_record record = {};

        if (sock_record_decode(table, message, &record) == 0 && record.n_name > 0)
                must(record.name >= begin && record.name + record.n_name <= end);
}

static int on_route(const struct rt_route *route, void *userdata)
{
        return 0;
}

static void fuzz_network(uint8_t type, const uint8_t *data, size_t size)
{
        static const uint16_t types[] = {RTM_NEWLINK, RTM_NEWADDR, RTM_NEWROUTE};
        _cleanup_free_ struct nlmsghdr *message =
                new_message(types[type % ARRAY_SIZE(types)], data, size);
        _cleanup_(rt_link_freep) struct rt_link *link = calloc(1, sizeof(*link));
        struct rt_address address = {};
        int index;

        must(link);
        if (rt_link_decode(message, link) == 0)
                must(link->name && link->n_mac <= RT_MAC_MAX);
        (void)rt_link_decode_address(message, &index, &address);
        (void)rt_route_decode(message, on_route, NULL);
        struct rt_tie tie;
        if (rt_ids_decode_tie(message, &tie) > 0)
                must(tie.id >= 0);
}

static int on_answer(const struct nlmsghdr *message, void *userdata)
{
        const struct netlink_answer *answer = userdata;

        must(message->nlmsg_pid == answer->port && message->nlmsg_seq == answer->sequence);
        must(message->nlmsg_type >= NLMSG_MIN_TYPE);
        return 0;
}

/* A whole datagram, with headers of its own. */
static void fuzz_answer(const uint8_t *data, size_t size)
{
        struct netlink_answer answer = {.port = 1, .sequence = 1, .fn = on_answer};
        _cleanup_free_ uint8_t *datagram = malloc(NLMSG_ALIGN(size + 1));

        must(datagram);
        memcpy(datagram, data, size);
        answer.userdata = &answer;
        must(netlink_answer_take(&answer, datagram, size) <= 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        struct sock_record record = {};

        if (size == 0)
                return 0;
        enum sock_table table = data[0] % _SOCK_TABLE_MAX;
        _cleanup_free_ char *line = fuzz_string(data + 1, size - 1);
        fuzz_socket(table, data + 1, size - 1);
        fuzz_network(data[0], data + 1, size - 1);
        fuzz_answer(data + 1, size - 1);
        (void)sock_record_decode_inet_line(table, line, &record);
        (void)sock_record_decode_packet_line(line, &record);
        return 0;
}
