/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The tasks of a process, and the namespaces that they are in. */

#include "census/procfs/visit.h"

/* The namespace links of all threads. Leaves the thread ids in walker->tids. 0 or a negative errno.
 */
int tasks_visit(struct visit *v);
