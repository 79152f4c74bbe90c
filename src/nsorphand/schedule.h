/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* When to scan, and when a scan that runs has to be given up. Pure: the clock (CLOCK_MONOTONIC, in
 * microseconds) and the scan's progress are the caller's. */

#include "census/stall.h"
#include "nsorphand/configuration.h"

/* With Interval=auto: a scan by BPF takes a hundredth of one by procfs. */
#define SCHEDULE_INTERVAL_BPF_USEC    (5 * USEC_PER_SEC)
#define SCHEDULE_INTERVAL_PROCFS_USEC (60 * USEC_PER_SEC)

/* A scan may take one part of so many of the time from one to the next; a slower one makes that
 * longer. */
#define SCHEDULE_SHARE 4

/* Scans with a cross-check take one part of the time in this many. */
#define SCHEDULE_CHECK_SHARE 100

/* While a scan runs, its progress is looked at so often in the time it may stand still. */
#define SCHEDULE_LOOKS 4

struct schedule {
        uint64_t configured_usec, interval_usec;
        uint64_t stuck_usec;
        uint64_t check_interval_usec; /* from one cross-check to the next; UINT64_MAX: never */
        bool is_by_bpf;               /* the last scan */

        uint64_t scan;        /* number of the scan that runs, or of the last one */
        bool running, again;  /* again: somebody asked while it ran */
        bool stretched;       /* scans take too long for the interval */
        uint64_t start_usec;  /* of scan */
        uint64_t next_usec;   /* while none runs */
        uint64_t rested_usec; /* before that, only somebody's asking starts one */
        bool checks;          /* the scan that runs has a cross-check */
        uint64_t check_usec;  /* when the next one is due */
        struct stall stall;
};

/* Takes over what the configuration says; a scan that runs ends as it began. The first scan of a
 * schedule that is all zeros is due at once. */
void schedule_configure(struct schedule *s, const struct config *config, uint64_t now);

/* Asks for a scan that begins from now on: at once, or when the one that runs has ended. Returns
 * the number of the one that will do. */
uint64_t schedule_request(struct schedule *s);

/* Makes the next scan start at @at, if it would start later; but scans take no more than their
 * share of the time. */
void schedule_not_later_than(struct schedule *s, uint64_t at);

/* Microseconds until the next scan, UINT64_MAX while one runs. */
uint64_t schedule_until_next(const struct schedule *s, uint64_t now);

/* Whether a scan that begins now is to have a cross-check: the first time the second scan, since
 * the first tells whether scans are by BPF. It may take far longer than others, and is never late.
 */
bool schedule_wants_check(const struct schedule *s, uint64_t now);

/* A scan begins, with so many beats of its progress. */
void schedule_begin(struct schedule *s, bool checks, uint64_t beats, uint64_t now);

/* It has ended, and has kept a CPU busy for @busy_usec: what it has waited for one, because of
 * others, costs nobody anything, and makes the next no later. True when scans have become too slow
 * for the interval just now. */
bool schedule_end(struct schedule *s, uint64_t busy_usec, uint64_t now);
/* From what, when it has ended well: the interval may depend on it. To be called before. */
void schedule_set_source(struct schedule *s, bool is_by_bpf);
/* It did not begin, or it is stuck and left behind. */
void schedule_fail(struct schedule *s);

/* What a look at a scan that runs shows. */
enum schedule_look {
        SCHEDULE_FINE,
        SCHEDULE_LATE, /* it has taken longer than the interval, without a cross-check */
        SCHEDULE_STUCK,
};

/* A look; @waits: the scan only waits for a CPU (census/stall.h). */
enum schedule_look schedule_look(struct schedule *s, uint64_t beats, bool waits, uint64_t now);

/* Microseconds until the next one. */
uint64_t schedule_until_look(const struct schedule *s);
