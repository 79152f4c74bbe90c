/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Work for several walkers side by side. */

#include "census/procfs/visit.h"
#include "census/procfs/walkers.h"

/* Has each of the @n_walkers (at most WALKERS_MAX) @run, the first on the thread of the caller; a
 * thread that cannot be had is done without, so they are to share what there is to do: see struct
 * pass_share.
 * 0, or what the first to fail failed with. */
int pass_side_by_side(struct walker *walkers, unsigned n_walkers,
                      int (*run)(struct walker *w, void *userdata), void *userdata);

/* Things to do that walkers take one by one. */
struct pass_share {
        size_t n;
        _Atomic size_t next;
        _Atomic bool failed; /* by any walker: the others stop at their next thing */
};

/* Has @w do one after the other, with its index, until nothing is left. 0, -ECANCELED when the
 * watcher said so, or what @fn failed with. */
int pass_take(struct pass_share *s, struct walker *w,
              int (*fn)(struct walker *w, size_t i, void *userdata), void *userdata);

/* Has each of @n things done once, by whichever walker is free. 0, -ECANCELED, or what @fn failed
 * with. */
int pass_each(size_t n, struct walker *walkers, unsigned n_walkers,
              int (*fn)(struct walker *w, size_t i, void *userdata), void *userdata);

/* Has each of the processes @pids visited once. 0, -ECANCELED, or what @visit failed with. */
int pass_over(const struct number_list *pids, struct walker *walkers, unsigned n_walkers,
              int (*visit)(struct visit *v));
