/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Links of /proc/PID to files without a path: "net:[4026531840]", "socket:[8775]". The text is a
 * hint only: a path of that name looks the same. */

#include <stddef.h>
#include <stdint.h>

/* The inode number in the text of a link, with @type "net", "mnt", "user" or "socket". 0, or
 * -EINVAL when it is something else. */
int proc_link_parse(const char *text, size_t n, const char *type, uint64_t *ret_inode);

/* The same of the link @path below @dir_fd. 0, -EINVAL, or another negative errno. */
int proc_link_inode(int dir_fd, const char *path, const char *type, uint64_t *ret_inode);
