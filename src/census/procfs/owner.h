/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Cookies and owners of namespaces of which only tasks, nsfs fds or mounts are known. */

#include "census/procfs/walk.h"

/* Asks each namespace that lacks one or the other, through a task in it or a mount of it. What can
 * not be asked stays unknown. */
void census_complete_owners(struct census *census, struct walk *walk);
