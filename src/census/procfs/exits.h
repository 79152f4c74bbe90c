/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Tasks that are on their way out and do not get there: do_exit() takes the fd table away from a
 * task before it closes the files in it, and closing one may wait for a server for ever (the flush
 * of a FUSE file, kernel/exit.c). Their files are open, and shown nowhere. */

#include "census/builder.h"

struct exiting_task {
        pid_t pid, tid;
};

/* All zero at first. */
struct exits {
        struct exiting_task *tasks;
        size_t n, room;
};

void exits_deinit(struct exits *e);

/* Notes the task @tid, which shows no open file, if that is because it has begun to end. 0 or
 * -ENOMEM. */
int exits_note(struct exits *e, int proc_fd, pid_t pid, pid_t tid);

/* When some time has passed: counts as gaps those that have not ended. */
void exits_count(const struct exits *e, int proc_fd, struct builder *b);
