/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The metrics: one table of families for OpenMetrics text and io.systemd.Metrics alike. */

#include <jansson.h>

#include "ledger/ledger.h"

/* What the figures are made of. */
struct metrics_source {
        const struct census *census; /* NULL before the first scan */
        const struct ledger *ledger;
        uint64_t n_scans;         /* finished, since the daemon started */
        uint64_t n_failed;        /* failed, likewise */
        uint64_t n_leaks;         /* reported, likewise */
        uint64_t n_checks;        /* cross-checks made, likewise */
        uint64_t n_disagreements; /* that they found and nothing explains */
        size_t n_skipped;         /* processes left out now */
};

enum metric_type { METRIC_GAUGE, METRIC_COUNTER };

struct metric_sink;

struct metric_family {
        const char *name;      /* after "io.nsorphan.Scanner." */
        const char *open_name; /* in OpenMetrics, without the _total of a counter */
        enum metric_type type;
        bool seconds;            /* in OpenMetrics; the value itself is microseconds */
        const char *description; /* a sentence */
        /* Hands every sample to @sink; what is not known is left out. 0 or what the sink returned.
         */
        int (*collect)(const struct metric_family *family, const struct metrics_source *source,
                       struct metric_sink *sink);
};

extern const struct metric_family metrics_families[];
extern const size_t n_metrics_families;

/* Takes one sample; @label and @label_value are NULL where the family has no label. */
struct metric_sink {
        int (*take)(struct metric_sink *sink, const struct metric_family *family, const char *label,
                    const char *label_value, uint64_t value);
};

/* The text that Prometheus reads (application/openmetrics-text; version=1.0.0). New string, NULL
 * when out of memory. */
char *metrics_text(const struct metrics_source *source);

/* What List of io.systemd.Metrics answers: an array of {"name", "value", "fields"}. New reference,
 * NULL when out of memory. */
json_t *metrics_json(const struct metrics_source *source);

/* What Describe answers: an array of {"name", "description", "type"}. */
json_t *metrics_describe_json(void);
