/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "census/bpf/memory.h"

#include <stdlib.h>

static void free_items(struct tracked *items, size_t n)
{
        for (size_t i = 0; i < n; i++)
                tracked_clear(&items[i]);
        free(items);
}

void memory_deinit(struct memory *m)
{
        free_items(m->items, m->n);
        *m = (struct memory){};
}

static int compare_cookies(const void *a, const void *b)
{
        const struct tracked *x = a, *y = b;

        return (x->cookie > y->cookie) - (x->cookie < y->cookie);
}

struct tracked *memory_find(const struct memory *m, uint64_t cookie)
{
        struct tracked key = {.cookie = cookie};

        if (m->n == 0)
                return NULL;
        return bsearch(&key, m->items, m->n, sizeof(*m->items), compare_cookies);
}

const struct tracked *memory_recall(const struct memory *m, const struct tracked *t)
{
        const struct tracked *k = memory_find(m, t->cookie);

        if (!k || k->found_usec == 0 || k->net != t->net || k->counted != t->counted ||
            k->paths != t->paths || k->nsfs_inode != t->nsfs_inode)
                return NULL;
        return k;
}

/* What is to be kept of @t. */
static const struct tracked *worth_keeping(const struct memory *m, const struct tracked *t)
{
        const struct tracked *known = t->waits ? memory_find(m, t->cookie) : NULL;

        return known && known->found_usec > 0 ? known : t;
}

int memory_keep(struct memory *m, const struct tracked *items, size_t n)
{
        struct tracked *copies = calloc(MAX(n, (size_t)1), sizeof(*copies));

        if (!copies)
                return -ENOMEM;
        for (size_t i = 0; i < n; i++)
                if (tracked_copy(&copies[i], worth_keeping(m, &items[i])) < 0) {
                        free_items(copies, i);
                        return -ENOMEM;
                }
        if (n > 1)
                qsort(copies, n, sizeof(*copies), compare_cookies);
        free_items(m->items, m->n);
        m->items = copies;
        m->n = n;
        return 0;
}

void memory_note(struct memory *m, uint64_t cookie, const struct found_holder *h)
{
        struct tracked *t = memory_find(m, cookie);

        for (size_t i = 0; t && i < t->n_holders; i++) {
                struct found_holder *o = &t->holders[i];
                if (o->object == h->object && o->kind == h->kind && o->pid == h->pid &&
                    o->fd == h->fd)
                        o->checked = h->checked;
        }
}

void memory_note_verdict(struct memory *m, uint64_t cookie, bool is_orphaned)
{
        struct tracked *t = memory_find(m, cookie);

        if (t)
                t->was_orphaned = is_orphaned;
}

void memory_forget(struct memory *m, uint64_t cookie)
{
        struct tracked *t = memory_find(m, cookie);

        if (t)
                t->found_usec = 0;
}
