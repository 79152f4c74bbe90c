/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Anonymous inodes among the open files: what their link says they are. */

#include "census/procfs/fd-table.h"

/* Looks closer at the file, and emits what it holds. @name: its fd as text. 0, -ENOMEM or
 * -ECANCELED. */
int anon_look(struct fd_table *t, const char *name, int fd, uint64_t inode);
