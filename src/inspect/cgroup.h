/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The control group of a process, and how much of its path only root can have chosen. */

#include <stddef.h>

/* Where a process is in one hierarchy. */
struct cgroup {
        const char *path;        /* "/system.slice/docker.service"; NULL: in none but the root */
        const char *controllers; /* "" for version 2, "name=systemd", "memory", … */
};

/* The cgroup of a process from the content of /proc/PID/cgroup: that of systemd's own hierarchy
 * (version 2, or name=systemd), else the first that is not the root. Points into @text, which is
 * cut there. */
struct cgroup cgroup_from_text(char *text);

/* How many bytes of the path only root can have chosen. A directory gives its children their names,
 * so a component is proved when the one above it is root's and nobody else may write to it. It ends
 * at user@UID.service in any case: below that all is a user's. */
size_t cgroup_proved(const struct cgroup *c);

/* The same, where the hierarchy is mounted at @mount_fd; negative: not to be seen, nothing is
 * proved. */
size_t cgroup_proved_at(const char *path, int mount_fd);
