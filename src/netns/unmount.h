/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Taking one mount of a namespace away, in whichever mount namespace it is. Nothing that is in
 * there is executed. */

#include <stdbool.h>

#include "netns/open.h"

/* Takes the mount at @path (raw bytes, as mountinfo has it), below the root of the task @task_fd
 * (an fd of /proc/PID/task/TID), out of that task's mount namespace, and then removes the file that
 * it was mounted on, if that is an ordinary and empty one; *ret_unlinked says so.
 *
 * The path is walked without following any link, nothing is waited for (netns/path.h), and what is
 * found must be @wanted. That very mount is taken away, by a child process that has gone into the
 * mount namespace, whatever stands at the path by then.
 *
 * Needs CAP_SYS_ADMIN there. 0; -ESTALE when something else is found at the path (a mount on top
 * of it, too), or another negative errno. */
int unmount_netns(int task_fd, const char *path, const struct netns_wanted *wanted,
                  bool *ret_unlinked);
