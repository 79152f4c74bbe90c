/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Which metrics there are: one table, whoever reads them. */

#include "report/metric.h"

/* Sorted by name, as systemd's own services have it. */
extern const struct metric_family metrics_families[];
extern const size_t n_metrics_families;
