/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "census/procfs/idle_queues.h"

#include <sys/socket.h>

#include "util/array.h"

/* Whether nothing can be in the queue. A datagram socket that has files in a datagram without data
 * shows the same as an empty one; but without a name nobody can send to it, without a peer neither
 * can that, and losing a peer empties the queue (net/unix/af_unix.c, unix_dgram_disconnected()). */
static bool is_idle(const struct sock_record *record)
{
        if (!record->has_queues || record->receive_queue > 0)
                return false;
        return record->type != SOCK_DGRAM || (record->n_name == 0 && !record->has_peer);
}

int idle_queues_note(struct idle_queues *q, const struct sock_record *record)
{
        if (!is_idle(record))
                return 0;
        if (!array_make_room(&q->inodes, q->n, &q->room, sizeof(*q->inodes)))
                return -ENOMEM;
        q->inodes[q->n++] = (uint32_t)record->inode;
        return 0;
}

static int inode_compare(const void *pa, const void *pb)
{
        const uint32_t *a = pa, *b = pb;
        return *a < *b ? -1 : *a > *b;
}

void idle_queues_sort(struct idle_queues *q)
{
        if (q->n > 1)
                qsort(q->inodes, q->n, sizeof(*q->inodes), inode_compare);
}

bool idle_queues_has(const struct idle_queues *q, uint64_t inode)
{
        uint32_t key = (uint32_t)inode;

        return q->n > 0 && bsearch(&key, q->inodes, q->n, sizeof(key), inode_compare);
}

void idle_queues_deinit(struct idle_queues *q)
{
        free(q->inodes);
        *q = (struct idle_queues){};
}
