/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The unix sockets whose receive queue holds files: looked into after the walk (in-flight.h). */

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct queue {
        uint64_t socket_inode;
        uint64_t scm_fds; /* files that its fdinfo counts */
        pid_t pid, tid;
        int fd;
};

/* All zero at first. */
struct queues {
        struct queue *list;
        size_t n, room;
};

void queues_deinit(struct queues *q);

/* 0 or -ENOMEM. */
int queues_note(struct queues *q, const struct queue *queue);

/* By socket, then process, then fd: of several processes with the same socket, the same one is
 * named whatever the order in which they were found. */
void queues_sort(struct queues *q);
