/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* One metric: what it is called, and what it is made of. */

#include "ledger/ledger.h"

/* What the figures are made of. */
struct metrics_source {
        const char *version;         /* of the program */
        const struct census *census; /* NULL before the first scan */
        const struct ledger *ledger;
        uint64_t n_scans;          /* finished, since the daemon started */
        uint64_t n_failed;         /* failed, likewise */
        uint64_t n_leaks;          /* reported, likewise */
        uint64_t n_checks;         /* cross-checks made, likewise */
        uint64_t n_disagreements;  /* that they found and nothing explains */
        size_t n_skipped;          /* processes left out now */
        struct census_trace trace; /* zero where births are not noted */
};

enum metric_type {
        METRIC_GAUGE,
        METRIC_COUNTER,
        METRIC_STRING, /* a text; for Prometheus a label of a metric that is 1 */
};

struct metric_sink;

struct metric_family {
        const char *name;      /* after "io.nsorphan.Scanner." */
        const char *open_name; /* for Prometheus, without _total of a counter and _info of a text */
        enum metric_type type;
        const char *label; /* what tells the metrics of one family apart; NULL: there is one */
        bool of_object; /* the label names a thing of its own (a unit), not a part of the whole */
        bool seconds;   /* for Prometheus; the value itself is microseconds */
        const char *description; /* a sentence */
        /* Hands every sample to @sink, always in the same order; what is not known is left out. 0
         * or what the sink returned. */
        int (*collect)(const struct metric_family *family, const struct metrics_source *source,
                       struct metric_sink *sink);
};

/* Takes one sample. @text is the label's value, or that of a METRIC_STRING; else NULL. */
struct metric_sink {
        int (*take)(struct metric_sink *sink, const struct metric_family *family, const char *text,
                    uint64_t value);
};
