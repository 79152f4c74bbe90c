/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The second look, which makes sure that what looks orphaned is.
 *
 * The walk is not atomic: while it is at one process, a task may fork behind its back, or an nsfs
 * fd move from a process that it has not reached to one that it has left. So every namespace that
 * is orphaned after the walk is looked for again, among all tasks (confirm_tasks(), which a chain
 * of forks can not escape) and, where the kernel can not be asked (kernel-word.h), among all files.
 */

#include "census/procfs/walk.h"

/* Looks at the namespace links of all tasks again and emits them to @w's builder. Unlike the walk,
 * it follows tasks that vanish between being listed and being read: /proc is listed in the order of
 * pids, a child gets a higher pid than its parent had, so that going back to the place of the
 * vanished task finds its children, and going round (pid_max) is seen from the last pid given out.
 * 1 when that succeeded, 0 when tasks came and went too fast, or a negative errno. */
int confirm_tasks(struct walker *w);
