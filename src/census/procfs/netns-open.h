/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Opening a namespace that the walk has found, through what was found of it. */

#include "census/census.h"
#include "census/procfs/host.h"

/* An nsfs fd of the namespace, verified by its inode number: through a task in it, an nsfs fd, a
 * mount, or by its cookie (6.18+); never through a socket, which is duplicated once in its life.
 * A reference of ours: to be closed at once. Negative errno when there is no such way. */
int netns_open(int proc_fd, const struct netns *ns);

/* Fills in the cookies and owners that the walk has not told. What cannot be asked stays unknown.
 */
void netns_open_complete_owners(struct census *census, struct host *host);
