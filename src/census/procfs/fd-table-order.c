/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "census/procfs/fd-table-order.h"

#include <string.h>

#include "util/array.h"
#include "util/kernel.h"

/* Where the table of @tid is, or belongs. 1 when it is there, 0, or a negative errno of @compare,
 * with
 * @tid and the task at *ret. */
static int search(const struct fd_table_order *o, pid_t tid, int (*compare)(pid_t a, pid_t b),
                  size_t *ret)
{
        size_t low = 0, high = o->n;

        while (low < high) {
                size_t middle = low + (high - low) / 2;
                int r = compare(tid, o->tids[middle]);
                *ret = middle;
                if (r <= 0)
                        return r < 0 ? r : 1;
                if (r == 1)
                        high = middle;
                else
                        low = middle + 1;
        }
        *ret = low;
        return 0;
}

static void remove_at(struct fd_table_order *o, size_t at)
{
        o->n--;
        memmove(&o->tids[at], &o->tids[at + 1], (o->n - at) * sizeof(*o->tids));
}

int fd_table_order_add_by(struct fd_table_order *o, pid_t tid, int (*compare)(pid_t a, pid_t b))
{
        size_t at = 0;

        for (;;) {
                int r = search(o, tid, compare, &at);
                if (r > 0)
                        return 0;
                if (r == 0)
                        break;
                /* One of the two has gone, or may not be asked about: which? */
                int self = compare(tid, tid);
                if (self < 0)
                        return self;
                remove_at(o, at);
        }
        if (!array_make_room(&o->tids, o->n, &o->room, sizeof(*o->tids)))
                return -ENOMEM;
        memmove(&o->tids[at + 1], &o->tids[at], (o->n - at) * sizeof(*o->tids));
        o->tids[at] = tid;
        o->n++;
        return 1;
}

int fd_table_order_add(struct fd_table_order *o, pid_t tid)
{
        return fd_table_order_add_by(o, tid, kernel_kcmp_files);
}

void fd_table_order_deinit(struct fd_table_order *o)
{
        free(o->tids);
        *o = (struct fd_table_order){};
}
