/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "util/number-list.h"

#include "util/array.h"
#include "util/macro.h"

int number_list_add(struct number_list *l, uint64_t number)
{
        if (!array_make_room(&l->numbers, l->n, &l->room, sizeof(*l->numbers)))
                return -ENOMEM;
        l->numbers[l->n++] = number;
        return 0;
}

static int compare(const void *pa, const void *pb)
{
        const uint64_t *a = pa, *b = pb;
        return *a < *b ? -1 : *a > *b;
}

void number_list_sort(struct number_list *l)
{
        size_t n = 0;

        if (l->n > 1)
                qsort(l->numbers, l->n, sizeof(*l->numbers), compare);
        for (size_t i = 0; i < l->n; i++)
                if (n == 0 || l->numbers[n - 1] != l->numbers[i])
                        l->numbers[n++] = l->numbers[i];
        l->n = n;
}
