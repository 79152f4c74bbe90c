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

#include <stdint.h>

#include "netlink/sock-record.h"

/* Gets one socket, valid only during the call. 0 to go on, a negative errno (not -ENOENT, which
 * sock_diag_walk() takes for a missing table) to stop with it. */
typedef int (*sock_diag_fn)(const struct sock_record *record, void *userdata);

/* Delivers every socket in the @tables (a mask of SOCK_TABLE_BIT()s) of the namespace the calling
 * thread is in, those that ask too (netlink/own-socket.h). A socket may come twice (a netlink
 * socket in a multicast group does), and one that is made or bound meanwhile may be missing. Nor is
 * a long dump one moment's: when other sockets go between two of its messages, one that stays may
 * be skipped. Whoever concludes something from an absence asks again and concludes from two.
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
