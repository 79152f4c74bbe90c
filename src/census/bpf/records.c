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
        return ARRAY_LOWER_BOUND(r->items, r->n, .net, net);
}

void records_deinit(struct records *r)
{
        free(r->items);
        *r = (struct records){};
}
