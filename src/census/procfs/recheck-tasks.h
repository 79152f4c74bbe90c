/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A second look at all tasks, which a chain of forks cannot escape. */

#include "census/procfs/walker.h"

/* Looks at the namespace links of all tasks again and emits to @w's builder those of the processes
 * with a task in one of @suspects, which are inode numbers. Unlike the walk, it follows tasks that
 * vanish between being listed and being read: /proc is listed in the order of pids, a child gets a
 * higher pid than its parent had, so that going back to the place of the vanished task finds its
 * children, and going round (pid_max) is seen from the last pid given out. 1 when that succeeded, 0
 * when tasks came and went too fast, or a negative errno. */
int recheck_tasks(struct walker *w, struct number_set *suspects);
