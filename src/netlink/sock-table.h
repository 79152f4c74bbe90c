/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The kinds of sockets that the kernel can list, and what there is to know of each: the one place.
 */

#include <stdbool.h>
#include <stdint.h>

/* One dump the kernel may offer. */
enum sock_table {
        SOCK_TABLE_UNIX,
        SOCK_TABLE_NETLINK,
        SOCK_TABLE_PACKET,
        SOCK_TABLE_XDP,
        SOCK_TABLE_VSOCK,
        SOCK_TABLE_TCP,
        SOCK_TABLE_TCP6,
        SOCK_TABLE_MPTCP,
        SOCK_TABLE_MPTCP6,
        SOCK_TABLE_UDP,
        SOCK_TABLE_UDP6,
        SOCK_TABLE_UDPLITE,
        SOCK_TABLE_UDPLITE6,
        SOCK_TABLE_RAW,
        SOCK_TABLE_RAW6,
        SOCK_TABLE_PING,
        SOCK_TABLE_PING6,
        SOCK_TABLE_SCTP,
        SOCK_TABLE_SCTP6,
        SOCK_TABLE_DCCP,
        SOCK_TABLE_DCCP6,
        SOCK_TABLE_SMC,
        _SOCK_TABLE_MAX,
};

#define SOCK_TABLE_BIT(table) (UINT64_C(1) << (table))
#define SOCK_TABLES_ALL       (SOCK_TABLE_BIT(_SOCK_TABLE_MAX) - 1)
/* The tables that hold every socket of theirs from socket(2) to the last close(2). */
#define SOCK_TABLES_EXHAUSTIVE                                                                     \
        (SOCK_TABLE_BIT(SOCK_TABLE_UNIX) | SOCK_TABLE_BIT(SOCK_TABLE_PACKET) |                     \
         SOCK_TABLE_BIT(SOCK_TABLE_XDP))
/* The tables that know of sockets which can be mapped. */
#define SOCK_TABLES_MAPPABLE                                                                       \
        (SOCK_TABLE_BIT(SOCK_TABLE_PACKET) | SOCK_TABLE_BIT(SOCK_TABLE_XDP) |                      \
         SOCK_TABLE_BIT(SOCK_TABLE_TCP) | SOCK_TABLE_BIT(SOCK_TABLE_TCP6))

/* "tcp6", "packet", for messages about what was missed. */
const char *sock_table_to_string(enum sock_table table);

enum sock_table_file {
        SOCK_FILE_NONE,
        SOCK_FILE_INET,   /* sock_record_decode_inet_line() */
        SOCK_FILE_PACKET, /* sock_record_decode_packet_line() */
};

struct sock_table_info {
        const char *name;
        const char *kernel_name; /* in /proc/net/protocols: struct proto's name */
        int family;
        int type;         /* 0 where the answer tells */
        int protocol;     /* asked for, and that of every socket in it; 0 where the answer tells */
        bool diag;        /* sock_diag(7) has a table of this kind, in some kernel */
        const char *file; /* below /proc/thread-self/net, with the same sockets; or NULL */
        enum sock_table_file format;
};

const struct sock_table_info *sock_table_info(enum sock_table table);
