/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Names for the processes of a census, from /proc, whichever source it is of. */

#include "census/census.h"
#include "census/described.h"
#include "census/scan-options.h"
#include "census/scan-progress.h"

/* Fills in the processes of all listed holders, and the start times of blind processes; drops those
 * of the latter that have ended. @proc_fd is /proc. A process that began later than the census may
 * have the number of one that was seen: it is marked gone, not named. One that @options say to
 * leave alone is neither. @known: what the scans before have described, and this one has; NULL. 0,
 * -ENOMEM or -ECANCELED. */
int describe_census(struct census *census, struct described *known, int proc_fd,
                    const struct scan_options *options, struct scan_progress *progress);
