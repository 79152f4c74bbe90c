/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What there is to know of each sock_table: the one place. Private to sock-diag.c. */

#include "netlink/sock-diag.h"

enum sock_table_file {
        FILE_NONE,
        FILE_INET,   /* sock_record_decode_inet_line() */
        FILE_PACKET, /* sock_record_decode_packet_line() */
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
