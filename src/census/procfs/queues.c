/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "census/procfs/queues.h"

#include <stdlib.h>

#include "util/array.h"
#include "util/macro.h"

void queues_deinit(struct queues *q)
{
        free(q->list);
        *q = (struct queues){};
}

int queues_note(struct queues *q, const struct queue *queue)
{
        if (!array_make_room(&q->list, q->n, &q->room, sizeof(*q->list)))
                return -ENOMEM;
        q->list[q->n++] = *queue;
        return 0;
}

static int compare(const void *pa, const void *pb)
{
        const struct queue *a = pa, *b = pb;

        if (a->socket_inode != b->socket_inode)
                return a->socket_inode < b->socket_inode ? -1 : 1;
        if (a->pid != b->pid)
                return a->pid < b->pid ? -1 : 1;
        return a->fd < b->fd ? -1 : a->fd > b->fd;
}

void queues_sort(struct queues *q)
{
        if (q->n > 1)
                qsort(q->list, q->n, sizeof(*q->list), compare);
}
