/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "census/bpf/records.h"

#include <stdlib.h>

#include "util/array.h"
#include "util/compare.h"

int records_add(struct records *to, const struct holder_record *items, size_t n)
{
        for (size_t i = 0; i < n; i++) {
                if (!array_make_room(&to->items, to->n, &to->room, sizeof(*to->items)))
                        return -ENOMEM;
                to->items[to->n++] = items[i];
        }
        return 0;
}

static int compare_records(const void *a, const void *b)
{
        const struct holder_record *x = a, *y = b;

        return compare_u64(x->net, y->net);
}

void records_sort(struct records *r)
{
        if (r->n > 1)
                qsort(r->items, r->n, sizeof(*r->items), compare_records);
}

size_t records_first(const struct records *r, uint64_t net)
{
        size_t low = 0, high = r->n;

        while (low < high) {
                size_t middle = low + (high - low) / 2;
                if (r->items[middle].net < net)
                        low = middle + 1;
                else
                        high = middle;
        }
        return low;
}

void records_deinit(struct records *r)
{
        free(r->items);
        *r = (struct records){};
}
