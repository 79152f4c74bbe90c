/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* How much of the path of a control group only root can have chosen. */

#include <stddef.h>

#include "proc/cgroup.h"

/* How many bytes of the path only root can have chosen. A directory gives its children their names,
 * so a component is proved when the one above it is root's and nobody else may write to it. It ends
 * at user@UID.service in any case: below that all is a user's. */
size_t cgroup_proved(const struct proc_cgroup *c);

/* The same, where the hierarchy is mounted at @mount_fd; negative: not to be seen, nothing is
 * proved. */
size_t cgroup_proved_at(const char *path, int mount_fd);
