/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Doing something inside another network namespace. */

#include "util/macro.h"

/* 0 or a positive result of its own, or a negative errno. Runs on the thread that entered, with
 * all signals blocked. Must close every fd it opens: each is a reference to the namespace. */
typedef int (*netns_thread_fn)(void *userdata);

/* Runs @fn on a thread of its own that has entered the namespace of the nsfs fd @netns_fd, waits
 * for it, and returns what it returned. The calling thread never changes its namespace, so that a
 * failure cannot leave it in the wrong one.
 *
 * While it runs, the namespace has a task in it (ours), and anyone who looks at that moment sees it
 * attached: keep it short, and never scan meanwhile. When this returns our thread has left again:
 * the reference is not kept until the kernel has reaped the thread, which happens some time after
 * pthread_join(3) returns. @netns_fd stays the caller's, to be closed at once: it is a reference
 * too. (A netlink socket that @fn closed is freed one RCU grace period later, some milliseconds: by
 * so much a namespace that ends meanwhile ends later.)
 *
 * Needs CAP_SYS_ADMIN in our user namespace and in the owner of the target. Waits as long as @fn
 * does: call it from a worker, not from a thread that serves anybody.
 *
 * Result of @fn, or -EPERM, -EINVAL (no network namespace), -EAGAIN, another negative errno. */
int netns_thread_run(int netns_fd, netns_thread_fn fn, void *userdata);
