/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* One socket, as sock_diag(7) and /proc/net have it. Pure functions. */

#include <linux/netlink.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "netlink/sock-table.h"

/* One socket. Numbers in host order; what a table does not tell is 0, NULL or false. */
struct sock_record {
        enum sock_table table;
        uint64_t inode; /* of sockfs; 0 when no fd leads to it: closed and still sending, TIME-WAIT,
                           not yet accepted */
        int family;     /* AF_* */
        int type;       /* SOCK_* */
        int protocol;   /* IPPROTO_*, NETLINK_*, the EtherType of a packet socket */
        uint8_t state;  /* TCP_* of tcp_states.h, which the kernel uses for every family */
        bool kernel;    /* a socket of the kernel's own: holds no namespace */
        bool has_uid;
        uid_t uid;
        bool has_queues;
        uint32_t receive_queue;        /* bytes; of a listening socket: connections waiting */
        uint32_t send_queue;           /* bytes; of a listening socket: most that may wait */
        uint8_t local[16], remote[16]; /* addresses of inet families, 4 or 16 bytes */
        uint16_t local_port, remote_port;
        uint32_t interface;  /* bound to this ifindex (inet, packet) */
        bool has_peer;       /* unix: connected, perhaps to one that is closed */
        uint32_t peer_inode; /* unix: the other end; 0 when no fd leads to it */
        const uint8_t *name; /* unix: address, unescaped; a leading 0 byte: abstract */
        size_t n_name;       /* bytes in it, no NUL at the end */
        uint32_t port_id;    /* netlink */
        uint32_t groups;     /* netlink: the first 32 multicast groups */
        bool ring;           /* packet: has a ring that can be mapped */
        uint32_t cid, port;  /* vsock: local */
        uint32_t remote_cid, remote_vsock_port;
};

/* The name of a state of struct sock_record, as ss(8) has it but in small letters: "established",
 * "listen", "unconnected". */
const char *sock_record_state_to_string(const struct sock_record *record);

/* Decodes one message of the dump of @table. @record->name points into @message. 0, or -EBADMSG
 * when it is too short or for another family. */
int sock_record_decode(enum sock_table table, const struct nlmsghdr *message,
                       struct sock_record *record);

/* Decodes one line of /proc/net/{raw,icmp,udplite}{,6}. 0, or -EBADMSG (also for the heading). */
int sock_record_decode_inet_line(enum sock_table table, const char *line,
                                 struct sock_record *record);

/* The same of /proc/net/packet. */
int sock_record_decode_packet_line(const char *line, struct sock_record *record);
