/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Names for the processes of a census. */

#include "census/procfs/walker.h"

/* Fills in the processes of all listed holders, and the start times of blind processes; drops those
 * of the latter that have ended. @scan_start_usec: CLOCK_BOOTTIME when the scan began. A process
 * that began later may have the number of one that was seen: it is marked gone, not named.
 * 0, -ENOMEM or -ECANCELED. */
int census_describe(struct census *census, struct walker *walkers, unsigned n_walkers,
                    uint64_t scan_start_usec);
