/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What the scans have brought so far: the daemon writes it, all that report read it. The loop's
 * thread. */

#include "ledger/ledger.h"
#include "nsorphand/snapshot.h"
#include "nsorphand/traces.h"

struct findings {
        const struct traces *traces;
        struct ledger *ledger;
        struct snapshot *last; /* NULL before the first scan has finished */
        char *scan_error;      /* why the last scan failed, NULL when it did not */
        uint64_t n_scans;      /* that finished */
        uint64_t n_failed;     /* that did not */
        uint64_t n_leaks;      /* reported since the daemon started */

        uint64_t n_checks;                        /* cross-checks made */
        uint64_t n_disagreements;                 /* that they found */
        uint64_t check_usec;                      /* when the last one ended, CLOCK_REALTIME */
        char disagreement[CENSUS_CHECK_TEXT_MAX]; /* what the sources disagreed in; empty */
};

/* A scan has finished at @realtime_usec: its census, which is taken over, is the last one now. Logs
 * which source it is, when that changes. */
void findings_take(struct findings *f, struct snapshot *snapshot, uint64_t realtime_usec);

/* A scan has failed; the sentence says why. */
void findings_failed(struct findings *f, const char *sentence);

/* Frees the census and the sentence. */
void findings_deinit(struct findings *f);
