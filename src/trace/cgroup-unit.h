/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The systemd unit that a control group belongs to, whether or not a process is left in it. */

#include <stdint.h>

/* From the path of a control group ("/system.slice/docker.service/sub"): new memory in *@ret, or
 * NULL where it is of no unit. 0 or -ENOMEM. */
int cgroup_unit_of_path(const char *path, char **ret);

/* From its number, as BPF programs and name_to_handle_at(2) have it. *@ret is NULL also where the
 * group is gone, is the root, or may not be asked about (CAP_DAC_READ_SEARCH). 0 or -ENOMEM. */
int cgroup_unit_of_id(uint64_t id, char **ret);
