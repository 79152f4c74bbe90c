/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Whether a process comes from another one: that forked it, or one of those that did.
 *
 * The parent of a process that outlives its own is the nearest subreaper above it, so with
 * PR_SET_CHILD_SUBREAPER set before it forks, a process stays above all that comes from it. Only
 * what joins another pid namespace there, and outlives its parent, is lost: to that one's init. */

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* Whether the process @pid that began at @start_ticks comes from @ancestor, which lives. @root_fd:
 * proc/open.h. False, too, when it has ended. */
bool descent_is_from(int root_fd, pid_t pid, uint64_t start_ticks, pid_t ancestor);
