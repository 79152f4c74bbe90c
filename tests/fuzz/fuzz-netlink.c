/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The kernel's answers, byte by byte: the first says of which table, the others are the message. */

#include "fuzz.h"
#include "netlink/sock_record.h"

static void fuzz_message(enum sock_table table, const uint8_t *data, size_t size)
{
        struct sock_record record = {};
        /* A message takes a whole number of words, also the last of a dump. */
        size_t room = NLMSG_ALIGN(sizeof(struct nlmsghdr) + size);
        struct nlmsghdr *message = calloc(1, room);

        must(message);
        message->nlmsg_len = (uint32_t)(sizeof(*message) + size);
        if (size > 0)
                memcpy(message + 1, data, size);
        if (sock_record_decode(table, message, &record) == 0 && record.n_name > 0)
                must(record.name >= (const uint8_t *)message &&
                     record.name + record.n_name <= (const uint8_t *)message + room);
        free(message);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        struct sock_record record = {};

        if (size == 0)
                return 0;
        enum sock_table table = data[0] % _SOCK_TABLE_MAX;
        _cleanup_free_ char *line = fuzz_string(data + 1, size - 1);
        fuzz_message(table, data + 1, size - 1);
        (void)sock_record_decode_inet_line(table, line, &record);
        (void)sock_record_decode_packet_line(line, &record);
        return 0;
}
