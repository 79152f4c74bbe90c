/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* One question to the kernel over netlink(7), and its whole answer. */

#include <linux/netlink.h>

#include "util/macro.h"

/* Gets every message of the answer that carries data (not NLMSG_DONE, not NLMSG_ERROR). @message is
 * only valid during the call. 0 to go on, a negative errno to stop with it. */
typedef int (*netlink_message_fn)(const struct nlmsghdr *message, void *userdata);

/* Opens a socket of netlink @protocol in the namespace the calling thread is in, sends @request
 * (nlmsg_len, nlmsg_type and nlmsg_flags set; the sequence number is ours), reads the whole answer
 * and closes the socket: nothing outlives the call. NLM_F_REQUEST is added, and NLM_F_ACK where
 * @request is no dump.
 *
 * May wait for a lock of the kernel (rtnl_mutex); never for another process. Any thread.
 *
 * 0; what @fn returned; -EINTR when a dump was made inconsistent by a change meanwhile (what was
 * delivered is not to be trusted: ask again); the kernel's own error for this question. */
int netlink_ask(int protocol, struct nlmsghdr *request, netlink_message_fn fn, void *userdata);
