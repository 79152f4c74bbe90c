/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* How many leaks each unit has. A user can make units without end, so a few have figures of their
 * own and the rest one together. */

#include "report/metric.h"

/* How many units have a figure of their own: those with most leaks. */
#define METRICS_UNITS_MAX 32

/* As metric_family's collect. The units with most leaks, in order of their names, and then "other",
 * which no unit is called: further units, and leaks whose holder is of none. Nothing when there is
 * no leak. */
int metrics_unit_collect(const struct metric_family *family, const struct metrics_source *source,
                         struct metric_sink *sink);
