/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What scans leave out so that no user stops them: each that gets stuck costs a thread, and there
 * are few. */

#include "census/scan.h"

/* How many scans may get stuck on processes of one share. Then its others are looked at with care.
 */
#define WARY_STUCK_OF_SHARE 2
/* How many threads are never lost to memory maps: then none is read any more. */
#define WARY_RESERVE 2

/* A scan that is stuck. */
struct wary_stuck {
        pid_t pid;
        enum scan_step step;
        char share[FAIR_SHARE_NAME_MAX]; /* of the process; empty when there is none */
};

/* Whom the process is charged to; waits for no lock that a stuck process could hold. */
void wary_name(struct wary_stuck *s);

/* Whom to be wary of, given that @n scans of @max are stuck: into @ret, which has room for @n; the
 * number is returned. @ret_no_maps: nobody's memory map is to be read. */
size_t wary_find(const struct wary_stuck *stuck, size_t n, size_t max, struct scan_wary *ret,
                 bool *ret_no_maps);
