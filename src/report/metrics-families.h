/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The metrics: one table for all readers. */

#include "report/metric.h"

/* Sorted by name, as systemd's own services have it. */
extern const struct metric_family metrics_families[];
extern const size_t n_metrics_families;
