/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What `run` has found as JUnit XML: three tests, "command", "census" and "leaks", whatever came
 * out, so that their history can be followed. */

#include "nsorphanctl/run-report.h"

/* The file as a new string, NULL when out of memory. */
char *run_junit(const struct run_report *r);
