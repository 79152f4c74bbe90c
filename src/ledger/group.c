/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ledger/group.h"

#include <stdlib.h>
#include <string.h>

#include "ledger/share.h"
#include "util/array.h"
#include "util/compare.h"

void group_list_deinit(struct group_list *l)
{
        free(l->items);
        *l = (struct group_list){};
}

int group_list_add(struct group_list *l, const struct group_item *item)
{
        if (!array_make_room(&l->items, l->n, &l->room, sizeof(*l->items)))
                return -ENOMEM;
        l->items[l->n++] = *item;
        return 0;
}

const struct holder *group_holder(const struct ledger_entry *e)
{
        if (e->n_holders == 0 || e->holders[0].pid <= 0 || netns_is_nameless(&e->id))
                return NULL;
        return &e->holders[0];
}

bool group_is_one(const struct ledger_entry *a, const struct ledger_entry *b)
{
        const struct holder *x = group_holder(a), *y = group_holder(b);

        return x && y && a->share == b->share && a->finding == b->finding && x->pid == y->pid &&
               holder_start_ticks(x) == holder_start_ticks(y);
}

static int compare_ages(const struct ledger_entry *a, const struct ledger_entry *b)
{
        int r = compare_u64(a->first_seen_boot_usec, b->first_seen_boot_usec);

        if (r == 0)
                r = compare_u64(a->id.inode, b->id.inode);
        return r ? r : compare_u64(a->id.cookie, b->id.cookie);
}

static int compare_items(const void *a, const void *b)
{
        const struct group_item *x = a, *y = b;
        const struct holder *h = group_holder(x->entry), *i = group_holder(y->entry);
        int r = compare_u64(x->kind, y->kind);

        if (r == 0)
                r = compare_u64(x->entry->finding, y->entry->finding);
        if (r == 0)
                r = compare_u64(h ? (uint64_t)h->pid : 0, i ? (uint64_t)i->pid : 0);
        if (r == 0 && h && i)
                r = compare_u64(holder_start_ticks(h), holder_start_ticks(i));
        if (r == 0)
                r = strcmp(x->entry->share->share.name, y->entry->share->share.name);
        return r ? r : compare_ages(x->entry, y->entry);
}

void group_list_sort(struct group_list *l)
{
        if (l->n > 0)
                qsort(l->items, l->n, sizeof(*l->items), compare_items);
}

size_t group_list_length(const struct group_list *l, size_t first)
{
        size_t n = 1;

        while (first + n < l->n && l->items[first + n].kind == l->items[first].kind &&
               group_is_one(l->items[first].entry, l->items[first + n].entry))
                n++;
        return n;
}
