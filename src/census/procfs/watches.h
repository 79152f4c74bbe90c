/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Watches of inotify and marks of fanotify on namespace files: each keeps the inode of the file,
 * and so the namespace, but nobody can open it through them. */

#include "census/procfs/fd-table.h"

/* Emits the watches of the inotify or fanotify @fd. 0, -ENOMEM or -ECANCELED. */
int watches_look(struct fd_table *t, int fd);

/* Of those on a namespace file whose type the kernel does not say: gives those on a namespace that
 * is known in @b to that. The others stay unresolved: they may be of another type. 0 or -ENOMEM. */
int watches_resolve(struct builder *b);
