/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* When each process was last named in an alert: at most one a minute is of one that goes on
 * leaking. What is leaked of one share, and what of another, is alerted apart, so that nobody
 * delays the alert of others' by what he makes their holder hold. */

#include <stdint.h>

#include "census/holder.h"

#define PACE_USEC (60 * USEC_PER_SEC)

/* Processes that are kept in mind. Where there are more, those beyond are not kept waiting. */
#define PACE_MAX 4096

struct pace_one;

struct pace {
        struct pace_one *ones;
};

void pace_deinit(struct pace *p);

/* Forgets those whose minute is over. */
void pace_prune(struct pace *p, uint64_t boottime_usec);

/* An alert names the process of @h, for what @share has leaked. */
void pace_note(struct pace *p, const char *share, const struct holder *h, uint64_t boottime_usec);

/* CLOCK_BOOTTIME at which the next such alert may be made; 0: now. */
uint64_t pace_due(const struct pace *p, const char *share, const struct holder *h,
                  uint64_t boottime_usec);
