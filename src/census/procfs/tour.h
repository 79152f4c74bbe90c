/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What the kernel lists of unix sockets, asked inside each namespace that a process is in, before
 * the walk. A dump tells of all of them at less than a microsecond each; to duplicate one takes
 * five times that, and to ask its fdinfo for files in flight ten times, and makes the kernel keep
 * an inode for it. */

#include "census/procfs/walker.h"

/* Learns of the unix sockets in all namespaces that the first threads of @pids are in, from threads
 * that go from one to the next; ends before the walk, which so finds them in none. What it cannot
 * learn is left to the walk. 0, -ENOMEM, or -ECANCELED. */
int tour_namespaces(const struct number_list *pids, struct walker *walkers, unsigned n_walkers);
