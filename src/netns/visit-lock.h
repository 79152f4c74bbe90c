/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Keeping those of us apart who look into namespaces and those who ask the kernel whether anything
 * leads to one.
 *
 * Whoever opens a namespace, or enters it, is a reference to it for a moment. In a walk over
 * processes that reference is known for ours (netns/mark.h); in the kernel's answer
 * (procfs/kernel-word.h) it is not. So each look holds a lock with others who look, and who asks,
 * alone. Not all of us have one and the same lock: those in containers have another. So each look
 * is counted in the mark too, when it begins and when it ends, and who asks can tell that nobody
 * looked meanwhile. */

#include <stdbool.h>
#include <stdint.h>

#include "util/macro.h"

/* For so long the lock is waited for. */
#define VISIT_LOCK_USEC (2 * USEC_PER_SEC)

struct visit_lock {
        bool begun;
        int fd;
};

/* To look: waits no longer than that, for whoever asks may have been stopped, and to look in spite
 * of it is better than not to look (what the kernel answers then counts only when nobody looked).
 * On any thread; several may be under way. To be ended when nothing of the namespace is held any
 * more. */
struct visit_lock visit_lock_take(void);
void visit_lock_release(struct visit_lock *v); /* of one that is all zeros: nothing */

/* To ask: waits a fifth of a second. An fd, which keeps others that share the lock from looking
 * until it is closed, or a negative errno: nobody may be alone. */
int visit_lock_alone(void);

/* Who of us looks now, wherever: equal before and after, and quiet, means that nobody did. */
struct visit_lock_moment {
        uint64_t sum; /* of all that have begun */
        bool is_quiet;
};

/* Goes over all processes. @proc_fd is of /proc. */
void visit_lock_moment(int proc_fd, struct visit_lock_moment *ret);
