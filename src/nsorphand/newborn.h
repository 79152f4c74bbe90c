/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Looking at the threads born since the last look, for a bounded time: which network namespace are
 * they in? Each is looked at twice, for a new namespace is often entered a little after the fork
 * (unshare(2), a container's runtime). */

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* How much CPU time one look takes at most; then the older ones of the newborn are left out. */
#define NEWBORN_LOOK_USEC UINT64_C(2000)

struct newborn {
        pid_t older,
                newer; /* the last number given out at the look before the last, and the last */
};

/* Gets every thread found with the namespace it is in. */
typedef int (*newborn_fn)(pid_t tid, uint64_t netns, void *userdata);

/* Everything there is now is not new. 0 or a negative errno. */
int newborn_start(struct newborn *n);

/* One look. 1 when some have been looked at only once: look again soon; 0 when all have been seen
 * twice; or a negative errno, also of @function. */
int newborn_look(struct newborn *n, newborn_fn function, void *userdata);
