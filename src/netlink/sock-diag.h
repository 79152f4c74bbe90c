/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The sockets of the namespace the calling thread is in, by sock_diag(7) and, for the few kinds
 * that the running kernel offers no dump for, by /proc/thread-self/net/.
 *
 * What a dump proves. An inode that is listed is in this namespace. An inode that is NOT listed
 * proves the contrary only for the tables in SOCK_TABLES_EXHAUSTIVE, and only when they are not in
 * what sock_diag_walk() says it missed: the kernel lists inet and netlink sockets only once they
 * are bound or connected, and sockets of many families (AF_ALG, AF_CAN, AF_BLUETOOTH, ...) nowhere
 * at all. A socket mapping that is writable can only be AF_PACKET's or AF_XDP's (a TCP socket can
 * only be mapped read-only, the others not at all), so for it the absence is a proof.
 *
 * What asking may cause on the host. For a family whose dump is a module that is not loaded yet
 * (unix_diag, tcp_diag, udp_diag, raw_diag, af_packet_diag, netlink_diag, vsock_diag, xsk_diag,
 * ...) the kernel runs modprobe(8) and waits for it, as for ss(8), and with no success runs it
 * again at the next question. So a table is asked for only where /proc/net/protocols says that its
 * protocol is there (asking never brings in a protocol, only its small dump module), and a caller
 * who asks often leaves out what was missing the last time. */

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "util/macro.h"

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

/* Gets one socket, valid only during the call. 0 to go on, a negative errno (not -ENOENT, which
 * sock_diag_walk() takes for a missing table) to stop with it. */
typedef int (*sock_diag_fn)(const struct sock_record *record, void *userdata);

/* Delivers every socket in the @tables (a mask of SOCK_TABLE_BIT()s) of the namespace the calling
 * thread is in. A socket may come twice (a netlink socket in a multicast group does), and one that
 * is made or bound meanwhile may be missing. Nor is a long dump one moment's: when other sockets go
 * between two of its messages, one that stays may be skipped. Whoever concludes something from an
 * absence asks again and concludes from two.
 *
 * @ret_missing (may be NULL) gets the tables that the kernel has sockets for, but no way to list
 * them: about those nothing is known. A table whose protocol the kernel does not have is not
 * missing.
 *
 * Opens and closes sockets and files of this namespace: run it by netns_thread_run(). 0, what @fn
 * returned, or a negative errno; then the answer is not complete. -EFBIG and -ETIME: a table was
 * cut because it is longer than NETLINK_LIMITS_DEFAULT (netlink/netlink.h) allows. */
int sock_diag_walk(uint64_t tables, sock_diag_fn fn, void *userdata, uint64_t *ret_missing);

/* The same for one table whose protocol is known to be there, so that the kernel's list of
 * protocols need not be read. -ENOENT when the kernel has no way to list it. */
int sock_diag_walk_one(enum sock_table table, sock_diag_fn fn, void *userdata);

/* The name of a state of struct sock_record, as ss(8) has it but in small letters: "established",
 * "listen", "unconnected". */
const char *sock_state_to_string(const struct sock_record *record);
