/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The fd tables of a process, each gone through once, for as long as there is time. */

#include "census/procfs/visit.h"

/* The fd table of the process, and those of threads with one of their own. After its tasks
 * (tasks.h). 0, -ECANCELED or another negative errno. */
int fds_visit(struct visit *v);
