/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "census/builder-table.h"

#include <string.h>

#include "util/array.h"

void builder_table_remove(struct builder *b, struct entry *e)
{
        HASH_DEL(b->entries, e);
        if (b->last == e)
                b->last = NULL;
        entry_free(e);
}

struct entry *builder_table_find(struct builder *b, const struct netns_identity *id)
{
        struct entry *e = b->last;

        if (e && memcmp(&e->ns.id, id, sizeof(*id)) == 0)
                return e;
        HASH_FIND(hh, b->entries, id, sizeof(*id), e);
        if (e)
                b->last = e;
        return e;
}

struct entry *builder_table_get(struct builder *b, const struct netns_identity *id)
{
        struct entry *e = builder_table_find(b, id);
        if (e)
                return e;
        e = calloc(1, sizeof(*e));
        if (!e)
                return NULL;
        e->ns.id = *id;
        HASH_ADD(hh, b->entries, ns.id, sizeof(e->ns.id), e);
        if (!e->hh.tbl) {
                free(e);
                return NULL;
        }
        return b->last = e;
}

bool builder_table_is_visited(const struct builder *b, const struct netns_identity *id)
{
        for (size_t i = 0; i < b->n_visited; i++)
                if (netns_identity_equal(&b->visited[i], id))
                        return true;
        return false;
}

int builder_table_note_visited(struct builder *b, const struct netns_identity *id)
{
        if (builder_table_is_visited(b, id))
                return 0;
        if (!array_make_room(&b->visited, b->n_visited, &b->room_visited, sizeof(*b->visited)))
                return -ENOMEM;
        b->visited[b->n_visited++] = *id;
        return 0;
}
