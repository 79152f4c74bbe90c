/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Threads that are in another namespace than their process: than its first thread, that is. */

#include "census/bpf/look.h"

struct home {
        pid_t pid;
        uint64_t net, inode;
};

struct strays {
        struct home *homes; /* of all processes, sorted by number */
        size_t n, room;
        size_t last; /* that was found: a process's threads come one after the other */
};

/* Takes in where the processes are, from a look that lists tasks. 0 or -ENOMEM. */
int strays_learn(struct strays *s, struct looker *l, const struct look *look);
void strays_deinit(struct strays *s);

/* The inode of the namespace that the process of @task is in, where that is not @ns; else 0, also
 * when that is not known: its first thread has ended. */
uint64_t strays_home(struct strays *s, const struct look_net *ns, const struct task_record *task);
