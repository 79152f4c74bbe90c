/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The metrics as the text that Prometheus reads, and as io.systemd.Metrics has them. */

#include <jansson.h>

#include "report/metrics-families.h"

/* How texts are written. Prometheus's own format is the one that node_exporter's textfile collector
 * takes: there a counter's name ends in _total in the lines about it, too. */
enum metrics_format { METRICS_PROMETHEUS, METRICS_OPENMETRICS, _METRICS_FORMAT_MAX };

/* "prometheus", "openmetrics". */
const char *metrics_format_to_string(enum metrics_format format);
int metrics_format_from_string(const char *s); /* enum metrics_format or -EINVAL */

/* The text that a monitoring system reads (text/plain; version=0.0.4, or
 * application/openmetrics-text; version=1.0.0). New string, NULL when out of memory. */
char *metrics_text(const struct metrics_source *source, enum metrics_format format);

/* What List of io.systemd.Metrics answers: an array of {"name", "object", "fields", "value"}. New
 * reference, NULL when out of memory. */
json_t *metrics_json(const struct metrics_source *source);

/* What Describe answers: an array of {"name", "description", "type"}. */
json_t *metrics_describe_json(void);
