/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "census/builder-internal.h"
#include "census/verdict.h"

void builder_set_asker(struct builder *b, const struct builder_asker *asker)
{
        b->asker = *asker;
}

/* What makes an orphan none. */
static bool is_reference(const struct holder *h)
{
        return h->kind == HOLDER_TASK || h->kind == HOLDER_NSFS_FD ||
               h->kind == HOLDER_NSFS_MOUNT || h->carried == HOLDER_NSFS_FD;
}

static bool is_listed(const struct netns *ns, const struct holder *h)
{
        for (size_t i = 0; i < ns->n_holders; i++)
                if (holder_compare(&ns->holders[i], h) == 0)
                        return true;
        return false;
}

/* A second look comes by a task as often as it has to. Each that is listed counts once; what did
 * not find room in the list of @seen is no more than the next scan will count. */
static int confirm(struct entry *e, struct entry *seen)
{
        int r = 0;

        entry_learn(e,
                    &(struct netns_facts){seen->cookie, seen->ns.has_owner, seen->ns.owner_userns,
                                          seen->ns.owner_uid, seen->ns.charged_uid});
        e->ns.nsfs_in_flight |= seen->ns.nsfs_in_flight;
        for (size_t i = 0; i < seen->ns.n_holders; i++) {
                struct holder *h = &seen->ns.holders[i];
                if (r < 0 || !is_reference(h) || is_listed(&e->ns, h)) {
                        holder_clear(h);
                        continue;
                }
                e->ns.count[h->kind]++;
                r = entry_list(e, h);
        }
        seen->ns.n_holders = 0;
        for (enum holder_kind k = HOLDER_TASK; k <= HOLDER_NSFS_MOUNT; k++)
                if (seen->ns.count[k] > 0 && e->ns.count[k] == 0)
                        e->ns.count[k] = 1;
        return r;
}

/* Whether the number of @e belongs to another namespace by now, which @seen was found of. */
static bool is_taken_over(const struct builder *b, const struct entry *e, const struct entry *seen)
{
        const struct builder_asker *a = &b->asker;
        bool other = seen->cookie && e->ns.id.cookie && seen->cookie != e->ns.id.cookie;

        if (!a->ask || verdict_of(&seen->ns) == VERDICT_ORPHANED ||
            !(other || seen->disputed || a->doubts(&e->ns.id, a->userdata)))
                return false;
        uint64_t now = a->ask(&seen->ns, a->userdata);
        return now && e->ns.id.cookie && now != e->ns.id.cookie;
}

int builder_confirm(struct builder *b, struct builder *from)
{
        int r = 0;

        for (size_t i = 0; i < from->n_visited && r >= 0; i++)
                r = builder_note_visited(b, &from->visited[i]);
        for (struct entry *e = b->entries, *next; e && r >= 0; e = next) {
                next = e->hh.next;
                if (e->ns.verdict != VERDICT_ORPHANED || e->ns.id.inode == 0)
                        continue;
                /* Tasks and nsfs references are known by inode alone. */
                struct entry *seen =
                        builder_find(from, &(struct netns_identity){.inode = e->ns.id.inode});
                if (seen && is_taken_over(b, e, seen))
                        builder_remove(b, e);
                else if (seen)
                        r = confirm(e, seen);
        }
        return r;
}

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
static int settle_by_cookie(struct builder *b, const struct group *g, uint64_t cookie)
{
        struct netns_identity id = {.inode = g->bare->ns.id.inode, .cookie = cookie};

        for (struct entry *e = g->named, *next; e && e != g->end; e = next) {
                next = e->hh.next;
                if (e != g->bare && e->ns.id.cookie != cookie)
                        builder_remove(b, e);
        }
        struct entry *owner = builder_get(b, &id);
        if (!owner)
                return -ENOMEM;
        g->bare->cookie = cookie;
        int r = entry_absorb(owner, g->bare);
        owner->disputed = false;
        builder_remove(b, g->bare);
        return r;
}

/* It is not: what was found under the number counts for all of them. */
static int settle_open(struct builder *b, const struct group *g)
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
        builder_remove(b, g->bare);
        return r;
}

static int settle_group(struct builder *b, const struct group *g)
{
        if (!g->bare || (g->n_named == 0 && !g->bare->disputed))
                return 0;
        if (is_one(b, g)) {
                int r = entry_absorb(g->named, g->bare);
                builder_remove(b, g->bare);
                return r;
        }
        uint64_t cookie = b->asker.ask ? b->asker.ask(&g->bare->ns, b->asker.userdata) : 0;
        if (cookie)
                return settle_by_cookie(b, g, cookie);
        /* What is only doubted, and leads nowhere any more, was there when it was found. */
        if (g->n_named == 1 && !g->bare->disputed && !g->bare->cookie) {
                int r = entry_absorb(g->named, g->bare);
                builder_remove(b, g->bare);
                return r;
        }
        return settle_open(b, g);
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

int builder_settle(struct builder *b)
{
        HASH_SORT(b->entries, entry_compare);
        for (struct entry *e = b->entries, *end; e; e = end) {
                struct group g = group_at(e);
                end = g.end;
                int r = e->ns.id.inode ? settle_group(b, &g) : 0;
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
