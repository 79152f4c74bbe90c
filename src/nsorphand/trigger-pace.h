/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* How soon after an exit a scan may be asked for, so that hosts where containers come and go all
 * the time are not scanned all the time. Pure: the clock (CLOCK_BOOTTIME, in microseconds) is the
 * caller's. */

#include <stdbool.h>
#include <stdint.h>

#include "util/clock.h"

/* A scan is asked for so long after the exit: what exits together makes one scan. */
#define TRIGGER_PACE_DELAY_USEC (200 * USEC_PER_MSEC)
/* Between two scans that were asked for, however cheap they are. */
#define TRIGGER_PACE_GAP_USEC (1 * USEC_PER_SEC)
/* Those take one part in so many of the time in the long run; */
#define TRIGGER_PACE_SHARE 100
/* so much may be spent on them at once after a quiet while. */
#define TRIGGER_PACE_CREDIT_USEC (5 * USEC_PER_SEC)

struct trigger_pace {
        bool asked;          /* for a scan, which has not ended */
        uint64_t asked_usec; /* when last; 0: never */
        int64_t credit_usec; /* time that scans may take; below 0: wait */
        uint64_t credit_at_usec;
};

void trigger_pace_begin(struct trigger_pace *p, uint64_t now);

/* There was an exit: when to ask for a scan. */
uint64_t trigger_pace_due(struct trigger_pace *p, uint64_t now);

/* A scan was asked for. */
void trigger_pace_asked(struct trigger_pace *p, uint64_t now);

/* A scan has ended, whatever its cause. */
void trigger_pace_scanned(struct trigger_pace *p, uint64_t duration_usec, uint64_t now);
