/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What a clock shows, as one number. The clocks that Linux always has cannot fail. */

#include <stdint.h>
#include <time.h>

#include "util/macro.h"

static inline uint64_t clock_nsec(clockid_t clock)
{
        struct timespec t = {};

        (void)clock_gettime(clock, &t);
        return (uint64_t)t.tv_sec * NSEC_PER_SEC + (uint64_t)t.tv_nsec;
}

static inline uint64_t clock_usec(clockid_t clock)
{
        return clock_nsec(clock) / NSEC_PER_USEC;
}

/* What the kernel counts in ticks, such as the start time of a process. */
static inline uint64_t clock_ticks_to_usec(uint64_t ticks)
{
        return ticks * (USEC_PER_SEC / (uint64_t)sysconf(_SC_CLK_TCK));
}
