/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The mounts of the whole host: from the kernel's own lists (mount-list.h), or else from the
 * mountinfo of tasks. That shows what lies below the root of the task it is read of, and threads
 * may have mount namespaces and roots of their own: so it is read once for each (mount namespace,
 * root) that any task has. */

#include "census/procfs/walker.h"

/* Emits the mounts of all mount namespaces that hold a network namespace, and learns which devices
 * are a bpffs: before the fds, by one walker for all. 0, -ECANCELED or another negative errno. */
int mounts_visit(struct walker *w);
