/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Directories of processes. All that src/proc reads is below a root: /proc, or a recorded tree. */

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* /proc itself, to be listed and as a root. An fd or a negative errno. */
int proc_open(void);

/* O_PATH fd of the directory of a process, bound to this process for good: reads below it fail with
 * ESRCH once it has ended. Or -ESRCH, or another negative errno. */
int proc_open_process(int root_fd, pid_t pid);

/* The same, when the process began at @start_ticks (struct proc_stat). -ESRCH: it has ended, and
 * another one may have its number now. */
int proc_open_started(int root_fd, pid_t pid, uint64_t start_ticks);

/* Whether the process or task of a directory has not ended: then all that was asked about it by
 * number, since the directory was opened, was about this very one. 1, 0, or a negative errno:
 * nobody knows. */
int proc_open_lives(int dir_fd);
