/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Tasks whose namespace link may not be read, and what proves where they are all the same:
 * /proc/PID/net/ needs no ptrace access, and the inode number of a file in it is the same for all
 * tasks of one network namespace and for no others (fs/proc/proc_net.c). */

#include "census/builder.h"

struct unproven_task {
        pid_t pid, tid;
        uint64_t net_inode; /* of its net/tcp */
};

/* All zero at first. */
struct proof {
        struct unproven_task *tasks;
        size_t n, room;
};

void proof_deinit(struct proof *p);

/* 0 or -ENOMEM. */
int proof_note(struct proof *p, const struct unproven_task *t);

/* Once all others are known in @b: finds the namespaces of the tasks noted, and emits them; those
 * of which nothing is known are gaps. Forgets the tasks. 0 or -ENOMEM. */
int proof_emit(struct proof *p, int proc_fd, struct builder *b);
