/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The mounts that tasks see, from their mountinfo: on kernels without mount-list.h. */

#include "census/procfs/found-mounts.h"
#include "census/procfs/mount-budget.h"

/* Reads one mountinfo for each (mount namespace, root) that a task has, line by line, and adds each
 * mount once; notes the mount namespaces in walk->mount_namespaces, and those of them that are
 * mounted in walk->unseen_mntns. 0, -ECANCELED or another negative errno. */
int mount_tasks_read(struct walker *w, struct found_mounts *found, struct mount_budget *budget);

/* After the fds: counts the mount namespaces that an fd or a mount leads to, and no task is in. */
void mount_tasks_count_unseen(struct walker *w);
