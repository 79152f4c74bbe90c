/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Files that an io_uring holds: its fdinfo lists them, by name only. Before Linux 6.13 the name is
 * the last part of a path, which anybody chooses, so there it says nothing. Since then, one that
 * does not begin with a slash is the kernel's own. */

#include "census/procfs/fd-table.h"

/* Looks at the ring that is open as @fd, and emits what it holds. 0, -ENOMEM or -ECANCELED. */
int io_uring_look(struct fd_table *t, int fd, uint64_t inode);

/* Whether an fd leads to the ring that the process has mapped. After its fds. */
bool io_uring_is_known(const struct visit *v, uint64_t inode);
