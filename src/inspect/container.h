/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Which container a process is in, from the names that container managers give to cgroups, or the
 * environment they start it with. Pure functions. */

#include <stdbool.h>
#include <stddef.h>

#include "util/macro.h"

/* The words for what runs containers, as interfaces have them. Ends with NULL. */
extern const char *const container_managers[];

/* What people call @manager, which need not be one of those. */
const char *container_manager_title(const char *manager);

struct container {
        const char
                *manager; /* static: one of container_managers; NULL when only the pod is known */
        char *name;       /* its id or name; NULL when not known */
        char *pod;        /* uid of the Kubernetes pod it belongs to; NULL for none */
        bool claimed;     /* by something the process, or a user, may have chosen itself */
};

/* @path is the path of a cgroup, of which root alone can have chosen the first @n_proved bytes
 * (inspect/cgroup.h). 1 when it is a container's or pod's, 0 when not, -ENOMEM. Names are escaped.
 */
int container_from_cgroup(const char *path, size_t n_proved, struct container *ret);

/* @environment is the content of /proc/PID/environ, @n bytes. The variable container= is what
 * systemd's container interface asks managers to set; a process may set it as well, so what it says
 * is claimed. As above. */
int container_from_environment(const char *environment, size_t n, struct container *ret);

void container_deinit(struct container *c);

/* Whether @s can be a container's id: the 64 digits that engines give it, or the first of them, at
 * least as many as they print. False for NULL. */
#define CONTAINER_ID_MIN 12
#define CONTAINER_ID_MAX 64
bool container_is_id(const char *s);

/* Whether @text means the container that has the id or name @id, and is called @name by people
 * (either may be NULL): one of these, or the beginning of its id. */
bool container_is_called(const char *id, const char *name, const char *text);

/* "podman container 3548483c105b (web)": of a whole id the digits that engines print. @name as
 * above. New string, NULL when out of memory. */
char *container_text(const struct container *c, const char *name);
