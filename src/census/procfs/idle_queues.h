/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Unix sockets with nothing in their receive queue, which need no closer look for files in flight.
 *
 * The look is dear: fdinfo of every unix socket took 40 % of a scan of 100,000 sockets, and makes
 * the kernel keep an inode for each. One sock_diag dump tells of all unix sockets of a namespace,
 * at less than a microsecond each. What no dump clears is looked at. */

#include "netlink/sock_diag.h"

struct idle_queues {
        uint32_t *inodes; /* sorted */
        size_t n, room;
};

/* Remembers the socket of a dump if its queue is idle. 0 or -ENOMEM. */
int idle_queues_note(struct idle_queues *q, const struct sock_record *record);

/* To be called after the last note, before the first question. */
void idle_queues_sort(struct idle_queues *q);

/* Whether nothing was in the queue of this socket when it was dumped. */
bool idle_queues_has(const struct idle_queues *q, uint64_t inode);

void idle_queues_deinit(struct idle_queues *q);
