/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The name that people gave to a container, from what its engine itself keeps of it. */

#include "inspect/container.h"

/* What the engine of @c keeps below @root_fd (a directory: the host's root) says that it is called:
 *   "web"                      Docker, Podman, nerdctl
 *   "default/web-5d8f/nginx"   a container of Kubernetes: its namespace, pod and name
 *   "default/web-5d8f"         the pod's own (sandbox) container
 * Only files of root's that nobody else may write to are believed, and only of an engine that root
 * runs; nothing is asked of the engine. Escaped. 1 with *ret, 0 where nothing says it (also for the
 * engines not named above), or -ENOMEM.
 *
 * Reads a file of the engine's: not on a thread that serves anybody. */
int container_name_read(int root_fd, const struct container *c, char **ret);
