/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "census/builder-judge.h"

#include "census/builder-table.h"
#include "census/verdict.h"

/* The entries of one inode number: the one without a cookie, which tasks, nsfs references and tuns
 * are in, and those that sockets were found in. */
struct group {
        struct entry *bare;  /* or NULL */
        struct entry *named; /* the first of them; NULL */
        struct entry *end;   /* behind the last */
        size_t n_named;
};

static struct group group_at(struct entry *first)
{
        struct group g = {.end = first};

        for (; g.end && g.end->ns.id.inode == first->ns.id.inode; g.end = g.end->hh.next) {
                if (g.end->ns.id.cookie == 0)
                        g.bare = g.end;
                else if (g.n_named++ == 0)
                        g.named = g.end;
        }
        return g;
}

/* Whether all of a group is of one namespace. */
static bool is_one(const struct builder *b, const struct group *g)
{
        if (g->bare->disputed || g->n_named > 1)
                return false;
        if (g->n_named == 0 || g->bare->cookie)
                return g->n_named == 0 || g->bare->cookie == g->named->ns.id.cookie;
        return !b->asker.doubts || !b->asker.doubts(&g->named->ns.id, b->asker.userdata);
}

/* The namespace that has the number now is known: the others are gone. */
static int unite_by_cookie(struct builder *b, const struct group *g, uint64_t cookie)
{
        struct netns_identity id = {.inode = g->bare->ns.id.inode, .cookie = cookie};

        for (struct entry *e = g->named, *next; e && e != g->end; e = next) {
                next = e->hh.next;
                if (e != g->bare && e->ns.id.cookie != cookie)
                        builder_table_remove(b, e);
        }
        struct entry *owner = builder_table_get(b, &id);
        if (!owner)
                return -ENOMEM;
        g->bare->cookie = cookie;
        int r = entry_absorb(owner, g->bare);
        owner->disputed = false;
        builder_table_remove(b, g->bare);
        return r;
}

/* It is not: what was found under the number counts for all of them. */
static int dispute(struct builder *b, const struct group *g)
{
        struct entry *last = NULL;

        for (struct entry *e = g->named; e && e != g->end; e = e->hh.next) {
                if (e == g->bare)
                        continue;
                e->ns.disputed = true;
                if (!last || last->ns.id.cookie != g->bare->cookie)
                        last = e;
        }
        builder_gap(b, GAP_UNSETTLED, 0, 0);
        g->bare->ns.disputed = true;
        if (!last) {
                g->bare->cookie = 0;
                return 0;
        }
        int r = entry_absorb(last, g->bare);
        builder_table_remove(b, g->bare);
        return r;
}

static int unite_group(struct builder *b, const struct group *g)
{
        if (!g->bare || (g->n_named == 0 && !g->bare->disputed))
                return 0;
        if (is_one(b, g)) {
                int r = entry_absorb(g->named, g->bare);
                builder_table_remove(b, g->bare);
                return r;
        }
        uint64_t cookie = b->asker.ask ? b->asker.ask(&g->bare->ns, b->asker.userdata) : 0;
        if (cookie)
                return unite_by_cookie(b, g, cookie);
        /* What is only doubted, and leads nowhere any more, was there when it was found. */
        if (g->n_named == 1 && !g->bare->disputed && !g->bare->cookie) {
                int r = entry_absorb(g->named, g->bare);
                builder_table_remove(b, g->bare);
                return r;
        }
        return dispute(b, g);
}

/* Completes the identity of a namespace that only tasks and nsfs references led to. */
static int complete(struct builder *b, struct entry *e)
{
        if (e->ns.id.cookie || !e->cookie)
                return 0;
        HASH_DEL(b->entries, e);
        b->last = NULL;
        e->ns.id.cookie = e->cookie;
        HASH_ADD(hh, b->entries, ns.id, sizeof(e->ns.id), e);
        if (e->hh.tbl)
                return 0;
        entry_free(e);
        return -ENOMEM;
}

int builder_judge(struct builder *b)
{
        HASH_SORT(b->entries, entry_compare);
        for (struct entry *e = b->entries, *end; e; e = end) {
                struct group g = group_at(e);
                end = g.end;
                int r = e->ns.id.inode ? unite_group(b, &g) : 0;
                if (r < 0)
                        return r;
        }
        for (struct entry *e = b->entries, *next; e; e = next) {
                next = e->hh.next;
                e->ns.verdict = verdict_of(&e->ns);
                int r = complete(b, e);
                if (r < 0)
                        return r;
        }
        return 0;
}
