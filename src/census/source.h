/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A source of evidence: it makes a whole census by itself, with verdicts and coverage, and without
 * the names of processes. Nothing of two sources is ever merged. */

#include "census/census.h"
#include "census/scan-options.h"
#include "census/scan-progress.h"
#include "util/error.h"

struct source {
        const char *name; /* "procfs" */

        /* Makes one census. 0, or a negative errno with the sentence: -ECANCELED when the watcher
         * said so, -ENOMEM. What it needs not learn anew is kept for the next one. */
        int (*scan)(struct source *s, const struct scan_options *options,
                    struct scan_progress *progress, struct census **ret, struct error *error);

        void (*free)(struct source *s);
};
