/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The second look, which makes sure that what looks orphaned is.
 *
 * The walk is not atomic: while it is at one process, a task may fork behind its back, or an nsfs
 * fd move from a process that it has not reached to one that it has left. So every namespace that
 * is orphaned after the walk is looked for again, among all tasks (recheck-tasks.h) and, where the
 * kernel cannot be asked (kernel-word.h), among all files. */

#include "census/builder.h"
#include "census/procfs/walk.h"

/* Looks again at all that is orphaned in @b, which is judged and is again on return. 0 or a
 * negative errno. */
int recheck_orphans(struct walk *walk, struct builder *b);
