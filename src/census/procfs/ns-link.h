/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The links to namespaces below /proc/PID/ns. */

#include <stdint.h>

/* The inode number of the namespace of type @type ("net", "mnt") that the link @path in @dir_fd
 * names. 0, or a negative errno of readlinkat(2); -EINVAL when it names none. */
int ns_link_inode(int dir_fd, const char *path, const char *type, uint64_t *ret);
