/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Which container a process is in, from the names that container managers give to cgroups, or the
 * environment they start it with. Pure functions. */

#include <stddef.h>

#include "util/macro.h"

struct container {
        const char *manager; /* static: "docker", "podman", "containerd", "cri-o", "lxc",
                                "systemd-nspawn", "libvirt"; NULL when only the pod is known */
        char *name;          /* its id or name; NULL when not known */
        char *pod;           /* uid of the Kubernetes pod it belongs to; NULL for none */
};

/* @path is the path of a cgroup. 1 when it is a container's or pod's, 0 when not, -ENOMEM. Names
 * are escaped. */
int container_from_cgroup(const char *path, struct container *ret);

/* @environment is the content of /proc/PID/environ, @n bytes. The variable container= is what
 * systemd's container interface asks managers to set. As above. */
int container_from_environment(const char *environment, size_t n, struct container *ret);

void container_deinit(struct container *c);

/* The cgroup of a process from the content of /proc/PID/cgroup: that of systemd's own hierarchy
 * (version 2, or name=systemd), else the first that is not the root. Points into @text, which is
 * cut there. NULL when it is in none but the root. */
const char *cgroup_path_from_text(char *text);
