/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* An nsfs fd for a namespace that a census has found. */

#include <stdbool.h>

#include "census/census.h"
#include "netlink/netns-thread.h"
#include "util/error.h"

/* Opens @ns and makes sure that it still is that namespace: the inode number and, where the kernel
 * has cookies, the cookie of what was opened are those of @ns.
 *
 * On 6.18 by its file handle, which needs nobody's help; else (newer kernels refuse that for an
 * orphan) through the listed holders, one after the other: a task's link, an nsfs file or mount (by
 * the guarded opener, netns/open.h), a duplicate of a socket or tun fd, which is closed at once.
 *
 * The fd is a reference: the namespace cannot go while it is open, and a census made meanwhile
 * finds it pinned. Close it as soon as possible. Closing a foreign socket's duplicate may wait (see
 * census/scan.h): not on a thread that serves anybody.
 *
 * Needs CAP_SYS_ADMIN, CAP_SYS_PTRACE and CAP_NET_ADMIN over the namespace. An fd (close-on-exec),
 * or -ESTALE when the namespace is gone (also: another one has its inode number now), -EOPNOTSUPP
 * when no listed holder leads to it, -EPERM, or another negative errno, with the sentence. */
int reach_netns(const struct netns *ns, struct error *error);

/* Runs @fn inside @ns, as netns_thread_run() does, under the visit lock; nothing of ours is left
 * there. What @fn returned, or as above. */
int reach_run(const struct netns *ns, netns_thread_fn fn, void *userdata, struct error *error);
