/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A mount that another one covers: its path leads elsewhere, and no command that is given the path
 * reaches it. */

#include <stdint.h>

/* Finds what covers the mount of the network namespace @inode at @path (escaped, as a holder has
 * it), in the mountinfo of the task @task_fd (of /proc/PID/task/TID). *ret gets the path that is
 * mounted over, escaped (it may be @path itself), to be freed; NULL when nothing covers it, or
 * not all of several mounts there.
 *
 * 0, -ENOENT when the mount is not there (any more), or another negative errno. */
int mount_cover_find(int task_fd, uint64_t inode, const char *path, char **ret);
