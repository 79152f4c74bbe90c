/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* One question to the kernel over netlink(7), and its whole answer. */

#include <linux/netlink.h>
#include <stddef.h>
#include <stdint.h>

#include "util/macro.h"

/* What one answer may cost. A namespace belongs to whoever made it, and so does the number of
 * things in it. */
struct netlink_limits {
        size_t bytes;  /* of all messages together */
        uint64_t usec; /* until the last one has come */
};

/* A million sockets take some 150 MiB and a second. */
#define NETLINK_ANSWER_USEC (3 * USEC_PER_SEC)
#define NETLINK_LIMITS_DEFAULT                                                                     \
        ((struct netlink_limits){                                                                  \
                .bytes = (size_t)256 * 1024 * 1024,                                                \
                .usec = NETLINK_ANSWER_USEC,                                                       \
        })

/* Gets every message of the answer that carries data (not NLMSG_DONE, not NLMSG_ERROR). @message is
 * only valid during the call. 0 to go on, a negative errno to stop with it. */
typedef int (*netlink_message_fn)(const struct nlmsghdr *message, void *userdata);

/* Opens a socket of netlink @protocol in the namespace the calling thread is in, sends @request
 * (nlmsg_len, nlmsg_type and nlmsg_flags set; the sequence number is ours), reads the whole answer
 * and closes the socket: nothing outlives the call. NLM_F_REQUEST is added, and NLM_F_ACK where
 * @request is no dump. What does not come from the kernel, or answers another question, is dropped
 * (netlink-socket.h).
 *
 * May wait for a lock of the kernel (rtnl_mutex); never for another process. Any thread.
 *
 * 0; what @fn returned; -EINTR when a dump was made inconsistent by a change meanwhile (what was
 * delivered is not to be trusted: ask again); -EFBIG or -ETIME when the answer was longer than
 * NETLINK_LIMITS_DEFAULT allows (what was delivered is true, but not all); the kernel's own error
 * for this question. */
int netlink_ask(int protocol, struct nlmsghdr *request, netlink_message_fn fn, void *userdata);

/* Begins a request in @buffer of @size bytes, which is all zero but for the header then. */
struct nlmsghdr *netlink_request_init(void *buffer, size_t size, uint16_t type, uint16_t flags);

/* The same with other limits, which -EFBIG and -ETIME then speak of. */
int netlink_ask_within(int protocol, struct nlmsghdr *request, const struct netlink_limits *limits,
                       netlink_message_fn fn, void *userdata);

/* One answer on its way: what it must be an answer to, and who gets it. */
struct netlink_answer {
        uint32_t port;     /* of the socket that asked */
        uint32_t sequence; /* of the question */
        netlink_message_fn fn;
        void *userdata;
};

/* Takes the @size bytes of one datagram of the kernel's, aligned as a struct nlmsghdr. 1 when more
 * must come, 0 when the answer is complete, or a negative errno as netlink_ask(). For netlink.c and
 * tests. */
int netlink_answer_take(const struct netlink_answer *answer, const void *datagram, size_t size);
