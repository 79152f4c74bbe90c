/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What is ours, looking, is no holder. */

#include "census/builder.h"
#include "netns/visitors.h"

/* Of one thread. */
struct own {
        int proc_fd;
        size_t *n_vanished;
        struct visitors visitors;
        pid_t home_pid;      /* the process whose first thread was seen last, */
        uint64_t home_netns; /* and the namespace which that is in */
};

/* @proc_fd (of /proc) stays the caller's; @n_vanished counts threads that have ended before it
 * could be asked whose they are. */
void own_init(struct own *o, int proc_fd, size_t *n_vanished);
void own_deinit(struct own *o);

/* Has @b leave out what is ours, for as long as both live. */
void own_leave_out(struct own *o, struct builder *b);
