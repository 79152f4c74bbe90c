/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* /proc/PID/cgroup, cgroups(7). */

/* Where a process is in one hierarchy. */
struct proc_cgroup {
        const char *path;        /* "/system.slice/docker.service"; NULL: in none but the root */
        const char *controllers; /* "" for version 2, "name=systemd", "memory", … */
};

/* The cgroup of a process from the content of the file: that of systemd's own hierarchy (version
 * 2, or name=systemd), else the first that is not the root. Points into @text, which is cut there.
 */
struct proc_cgroup proc_cgroup_parse(char *text);

/* What the file says of the process of a directory: new memory. 0 or a negative errno. */
int proc_cgroup_read_text(int dir_fd, char **ret);

/* Its cgroup, from its directory. @ret points into *@ret_text, new memory. 0 or a negative errno.
 */
int proc_cgroup_read(int dir_fd, char **ret_text, struct proc_cgroup *ret);
