/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Unix sockets with nothing in their receive queue, which need no closer look for files in flight.
 *
 * The look is dear: fdinfo of every unix socket took 40 % of a scan of 100,000 sockets, and makes
 * the kernel keep an inode for each. One sock_diag dump tells of all sockets of our own namespace,
 * where most of a host's unix sockets are, at a microsecond each. What it does not clear is looked
 * at. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct idle_queues {
        uint32_t *inodes; /* sorted */
        size_t n, room;
        bool missing; /* this kernel can not tell: not asked for again */
};

/* Dumps the unix sockets of the namespace the thread is in. Where the kernel can not tell, no queue
 * is known to be idle. 0 or -ENOMEM. */
int idle_queues_load(struct idle_queues *q);

/* Whether nothing was in the queue of this socket when it was dumped. */
bool idle_queues_has(const struct idle_queues *q, uint64_t inode);

void idle_queues_deinit(struct idle_queues *q);
