/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "census/bpf/owners.h"

#include <stdlib.h>

#include "util/array.h"
#include "util/compare.h"

static int compare_owners(const void *a, const void *b)
{
        const struct owner *x = a, *y = b;

        return (x->socket > y->socket) - (x->socket < y->socket);
}

struct owner *owners_find(const struct owners *o, uint64_t socket)
{
        struct owner key = {.socket = socket};

        if (o->n == 0)
                return NULL;
        return bsearch(&key, o->items, o->n, sizeof(*o->items), compare_owners);
}

int owners_add(struct owners *o, uint64_t socket)
{
        if (owners_find(o, socket))
                return 0;
        if (!array_make_room(&o->items, o->n, &o->room, sizeof(*o->items)))
                return -ENOMEM;
        size_t at = o->n++;
        while (at > 0 && o->items[at - 1].socket > socket) {
                o->items[at] = o->items[at - 1];
                at--;
        }
        o->items[at] = (struct owner){.socket = socket, .fd = -1};
        return 0;
}

void owners_deinit(struct owners *o)
{
        free(o->items);
        *o = (struct owners){};
}
