/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The daemon's scans: each is run by a worker when the schedule says so.
 *
 * Between scans there is one timer. While a scan runs its progress is watched: one that gets
 * stuck is left behind with its thread, and the next goes on without the process it is stuck on,
 * until the kernel lets the thread go. The loop's thread. */

#include <systemd/sd-event.h>

#include "nsorphand/configuration.h"
#include "nsorphand/left-behind.h"

struct scans;
struct teller;

/* What the owner learns, from the loop. */
struct scans_events {
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

/* A scan that runs. Times are CLOCK_MONOTONIC but start_usec (CLOCK_REALTIME). */
struct scans_running {
        uint64_t start_usec;
        enum scan_step step;
        pid_t pid;
        uint64_t idle_usec; /* without progress for so long */
};

/* Starts the first scan as soon as the loop runs. @fork_server stays the caller's
 * (census/scan.h). 0 or a negative errno with the sentence. */
int scans_new(struct scans **ret, sd_event *event, const struct config *config,
              struct fork_server *fork_server, const struct scans_events *events, void *userdata,
              struct error *error);
struct scans *scans_free(struct scans *s);
DEFINE_CLEANUP(struct scans *, scans_free);

/* Takes over what a new configuration says; a scan that runs ends as it began. */
void scans_configure(struct scans *s, const struct config *config);

/* Has the scans that begin from now on add to their censuses what @teller knows, of which it
 * becomes one owner; NULL: nothing. */
void scans_set_teller(struct scans *s, struct teller *teller);

/* Asks for a scan that begins from now on. Returns the number of the one that will do. */
uint64_t scans_request(struct scans *s);

/* Makes the next scan start @delay_usec from now, if it would start later. */
void scans_not_later_than(struct scans *s, uint64_t delay_usec);

/* Whether a scan runs; fills @ret if so. */
bool scans_get_running(const struct scans *s, struct scans_running *ret);

/* From the start of one scan to that of the next, as configured or as the last scan's source has
 * it. */
uint64_t scans_interval(const struct scans *s);

/* Microseconds until the next scan, UINT64_MAX while one runs. */
uint64_t scans_until_next(const struct scans *s);

/* The processes left out now. */
const struct left_behind_process *scans_skipped(const struct scans *s, size_t *ret_n);
