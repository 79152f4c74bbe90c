/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What a root of procfs says that is of no process. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Whether its numbers of processes are those that we have: it is of our own pid namespace. */
bool proc_host_is_ours(int root_fd);

/* Whether the process lives, though its folder shows nothing of it: something is mounted over that.
 */
bool proc_host_hides(int root_fd, pid_t pid);

/* The directory of a process that is in the host's own mount namespace (of a container, when this
 * is in one): its first, or where that refuses it the kernel's own. An fd (O_PATH) or a negative
 * errno. */
int proc_host_open(int root_fd);

/* The inode number of that mount namespace; 0 where it cannot be known. */
uint64_t proc_host_mount_namespace(int root_fd);

/* The pid given out last, the last field of loadavg. Numbers are given out in order, around and
 * around. 0, -ENOENT where procfs shows processes only (subset=pid), or another negative errno. */
int proc_host_last_pid(int root_fd, pid_t *ret);

/* The number of a character device in a line of /proc/devices (without newline), when it is called
 * @name; else 0. Block devices follow in the same file, but none is called like the ones sought. */
uint32_t proc_host_major(const char *line, size_t n, const char *name);
