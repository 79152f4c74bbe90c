/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The file handle of a namespace (Linux 6.18): the way to it that needs nobody else's file. */

#include <stdbool.h>
#include <stdint.h>

/* Opens the network namespace that has this inode number and this cookie, whatever keeps it: an
 * nsfs fd (close-on-exec), to be closed at once, for it is a reference.
 *
 * Needs the initial pid namespace and CAP_SYS_ADMIN in the user namespace that owns it.
 * -ESTALE: no such namespace; or none that the kernel shows to us (handle_may_open_all() tells);
 * or, from 6.19 on, one that neither a task is in nor an nsfs file leads to. -EOPNOTSUPP: the
 * kernel has no such handles (before 6.18), or @cookie is 0. Or another negative errno. */
int handle_open(uint64_t inode, uint64_t cookie);

/* Whether we may open every namespace there is, so that a refusal is about the namespace and not
 * about us: we are in the initial pid and user namespaces, and have CAP_SYS_ADMIN there
 * (fs/nsfs.c, may_see_all_namespaces(), 6.19 and the stable kernels that took it over). */
bool handle_may_open_all(void);
