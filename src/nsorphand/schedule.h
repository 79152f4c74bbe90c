/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* When to scan, and what to do about a scan that does not come back.
 *
 * Between scans there is one timer. While a scan runs its progress is watched: one that gets
 * stuck is left behind with its thread, and the next goes on without the process it is stuck on,
 * until the kernel lets the thread go. The loop's thread. */

#include <systemd/sd-event.h>

#include "census/scanner.h"
#include "nsorphand/configuration.h"

struct schedule;

/* So many threads may be left behind at one time; beyond it there are no scans until one comes
 * back. */
#define SCHEDULE_LEFT_BEHIND_MAX 8

/* What the schedule tells its owner, from the loop. */
struct schedule_events {
        /* Scan number @scan has ended well; takes the census. */
        void (*finished)(uint64_t scan, struct census *census, void *userdata);
        /* Scan number @scan has failed; the sentence says why. */
        void (*failed)(uint64_t scan, const char *sentence, void *userdata);
        /* A scan takes or has taken longer than the interval; @sentence says what it is stuck at,
         * or is NULL. */
        void (*overran)(uint64_t duration_usec, const char *sentence, void *userdata);
        /* Namespaces that the scan which begins is to ask about: scan_options. The caller frees;
         * NULL and 0 when out of memory. */
        struct netns_identity *(*known)(size_t *ret_n, void *userdata);
};

/* A process that scans leave out. */
struct schedule_skipped {
        pid_t pid;
        enum scan_step step;
        uint64_t since_usec; /* CLOCK_REALTIME */
};

/* A scan that runs. Times are CLOCK_MONOTONIC but start_usec (CLOCK_REALTIME). */
struct schedule_running {
        uint64_t start_usec;
        enum scan_step step;
        pid_t pid;
        uint64_t idle_usec; /* without progress for so long */
};

/* Starts the first scan as soon as the loop runs. 0 or a negative errno with the sentence. */
int schedule_new(struct schedule **ret, sd_event *event, const struct config *config,
                 struct fork_server *fork_server, const struct schedule_events *events,
                 void *userdata, struct error *error);
struct schedule *schedule_free(struct schedule *s);
DEFINE_CLEANUP(struct schedule *, schedule_free);

/* Takes over what a new configuration says; a scan that runs ends as it began. */
void schedule_configure(struct schedule *s, const struct config *config);

/* Asks for a scan that begins from now on. Returns the number of the one that will do. */
uint64_t schedule_request(struct schedule *s);

/* Makes the next scan start @delay_usec from now, if it would start later. */
void schedule_not_later_than(struct schedule *s, uint64_t delay_usec);

/* Whether a scan runs; fills @ret if so. */
bool schedule_get_running(const struct schedule *s, struct schedule_running *ret);

/* From the start of one scan to that of the next, as configured or as the last scan's source has
 * it. */
uint64_t schedule_interval(const struct schedule *s);

/* Microseconds until the next scan, UINT64_MAX while one runs. */
uint64_t schedule_until_next(const struct schedule *s);

/* The processes left out now. */
const struct schedule_skipped *schedule_skipped(const struct schedule *s, size_t *ret_n);
