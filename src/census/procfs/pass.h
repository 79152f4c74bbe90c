/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* One pass over all processes, by several walkers side by side. */

#include "census/procfs/walk.h"

#define WALKERS_MAX 16

/* Has each of the processes @pids visited once, by one of the @n_walkers (at most WALKERS_MAX); a
 * thread that can not be had is done without. 0, -ECANCELED when the watcher said so, or what
 * @visit failed with. */
int pass_over(const struct number_list *pids, struct walker *walkers, unsigned n_walkers,
              int (*visit)(struct visit *v));
