/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* One open file, and what it holds. */

#include "census/procfs/fd-table.h"

/* Looks at the file @fd, whose @name is that as text, and emits what it holds. 1, 0 when there is
 * no such file, or a negative errno. */
int files_look(struct fd_table *t, const char *name, int fd);
