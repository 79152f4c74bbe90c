/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* One walk over everything: one visit to every process, then the looks that may wait for others. */

#include "census/builder.h"
#include "census/procfs/walk.h"

/* Emits all that is found to @b. @exact: nothing is taken from a moment before the walk. 0,
 * -ECANCELED, -ENOMEM or another negative errno. */
int walk_all(struct walk *walk, struct builder *b, bool exact);
