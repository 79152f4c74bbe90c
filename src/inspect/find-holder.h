/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The namespaces that a process, a unit or a container holds, or is in. */

#include "inspect/find.h"

/* Those of which @pid is a listed holder. 0 or -ENOMEM, with @ret empty then. */
int find_holder_pid(const struct census *census, pid_t pid, struct find *ret);

/* Those of which a listed holder is in the unit @unit, as systemd shows it. As above. */
int find_holder_unit(const struct census *census, const char *unit, struct find *ret);

/* Those that processes of a container are in. @text is its id, at least the first 12 digits of it,
 * or its name: as its control group has it, or as its engine says below @root_fd (see
 * container_name_read()); escaped. What a process, or a user, claims by itself is no container. As
 * above; reads a file or two for each process that is in a namespace. */
int find_holder_container(const struct census *census, int root_fd, const char *text,
                          struct find *ret);
