/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Sockets that are mapped, whose fd may be closed. */

#include "census/procfs/visit.h"

/* The memory map of a process, unless the scan leaves it out. Waits for the process's mmap lock:
 * after all that does not wait. 0, -ENOMEM or -ECANCELED. */
int maps_visit(struct visit *v);
