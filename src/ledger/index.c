/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ledger/index.h"
#include "util/array.h"

int index_add(struct index *i, uint64_t key, size_t place)
{
        if (key == 0)
                return 0;
        if (!array_make_room(&i->items, i->n, &i->room, sizeof(*i->items)))
                return -ENOMEM;
        i->items[i->n++] = (struct index_item){key, place};
        return 0;
}

static int item_compare(const void *a, const void *b)
{
        const struct index_item *x = a, *y = b;

        if (x->key != y->key)
                return x->key < y->key ? -1 : 1;
        return (x->place > y->place) - (x->place < y->place);
}

void index_sort(struct index *i)
{
        if (i->n > 0)
                qsort(i->items, i->n, sizeof(*i->items), item_compare);
}

/* The first item whose key is not below @key. */
static size_t lower_bound(const struct index *i, uint64_t key)
{
        return ARRAY_LOWER_BOUND(i->items, i->n, .key, key);
}

size_t index_find(const struct index *i, uint64_t key)
{
        size_t at = lower_bound(i, key);

        return at < i->n && i->items[at].key == key ? i->items[at].place : SIZE_MAX;
}

const struct index_item *index_find_all(const struct index *i, uint64_t key, size_t *ret_n)
{
        size_t at = lower_bound(i, key), n = 0;

        while (at + n < i->n && i->items[at + n].key == key)
                n++;
        *ret_n = n;
        return n > 0 ? &i->items[at] : NULL;
}

void index_deinit(struct index *i)
{
        free(i->items);
        *i = (struct index){};
}
