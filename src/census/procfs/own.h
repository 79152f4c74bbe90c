/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What is ours, looking, is no holder. */

#include "census/builder.h"
#include "netns/ourselves.h"

/* Of one thread. */
struct own {
        struct ourselves ourselves;
        pid_t home_pid;      /* the process whose first thread was seen last, */
        uint64_t home_netns; /* and the namespace which that is in */
};

void own_init(struct own *o, int proc_fd);
void own_deinit(struct own *o);

/* Has @b leave out what is ours, for as long as both live. */
void own_leave_out(struct own *o, struct builder *b);
