/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What a root of procfs says that is of no process. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Whether its numbers of processes are those that we have: it is of our own pid namespace. */
bool proc_host_is_ours(int root_fd);

/* The pid given out last, the last field of loadavg. Numbers are given out in order, around and
 * around. 0, -ENOENT where procfs shows processes only (subset=pid), or another negative errno. */
int proc_host_last_pid(int root_fd, pid_t *ret);

/* The number of a character device in a line of /proc/devices (without newline), when it is called
 * @name; else 0. Block devices follow in the same file, but none is called like the ones sought. */
uint32_t proc_host_major(const char *line, size_t n, const char *name);
