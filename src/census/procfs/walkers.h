/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* As many walkers as a scan may have side by side. */

#include "census/procfs/walker.h"

#define WALKERS_MAX 16

/* As many as are allowed and have something to do, into @walkers (room for WALKERS_MAX): how many
 * is in
 * @ret_n, also on failure. 0 or -ENOMEM. */
int walkers_init(struct walk *walk, struct walker *walkers, unsigned *ret_n);
void walkers_deinit(struct walker *walkers, unsigned n);
