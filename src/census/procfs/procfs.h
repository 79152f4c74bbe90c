/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The source that walks over /proc, put together: the walk over everything, the search for what the
 * walk cannot read, the second look at what seems orphaned. */

#include "census/source.h"

/* The walk over /proc. 0, or a negative errno with the sentence. */
int procfs_source_new(struct source **ret, struct error *error);
