/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The files of procfs that are no process's: their inode numbers, which all procfs share. */

#include <stdbool.h>
#include <stdint.h>

/* The first of these numbers (fs/proc/generic.c). Those of files of processes are counted up from 1
 * and rarely come as far. */
#define PROC_TREE_FIRST_INODE 0xF0000000U

/* Called for each file, with its path from where the walk began. 0, or a negative errno to stop. */
typedef int (*proc_tree_fn)(const char *path, uint64_t inode, void *userdata);

/* Goes through the directory @dir_fd (an fd of its own kind, which it closes) and all below, but
 * for those of processes and /proc/sys. 0, 1 when not all of it could be seen, what @fn returned,
 * or another negative errno. */
int proc_tree_walk(int dir_fd, proc_tree_fn fn, void *userdata);
