/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* One scan for a program that waits for it, and that no blocked process can hang: a scan that gets
 * stuck is left behind on its thread, and another made without the process it is stuck on. */

#include "census/scan.h"

/* How long a scan may make no progress. Reading one process takes far less on the busiest host. */
#define PATIENT_SCAN_SEC  5
#define PATIENT_SCAN_USEC (PATIENT_SCAN_SEC * USEC_PER_SEC)

/* Makes one census. What had to be left out is in its coverage. 0, or a negative errno with the
 * sentence: those of scan_new() and scan_make(), and -ETIMEDOUT when it gets stuck wherever
 * it begins. */
int patient_scan(const struct scan_options *options, struct census **ret, struct error *error);

/* The same again and again: what one scan has learned, and what it got stuck on, the next knows. */
struct patient;

struct patient *patient_scan_begin(void); /* NULL when out of memory */
struct patient *patient_scan_end(struct patient *p);
DEFINE_CLEANUP(struct patient *, patient_scan_end);

int patient_scan_next(struct patient *p, const struct scan_options *options, struct census **ret,
                      struct error *error);
