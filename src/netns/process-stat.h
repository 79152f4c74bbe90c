/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdint.h>
#include <sys/types.h>

/* The parent of a process, and when it started, in clock ticks since boot: with the pid, that names
 * it for good. @proc_fd is of /proc. 0 or a negative errno: -ENOENT or -ESRCH when it has ended. */
int process_stat_read(int proc_fd, pid_t pid, pid_t *ret_parent, uint64_t *ret_start_ticks);
