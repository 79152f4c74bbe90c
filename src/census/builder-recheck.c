/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "census/builder-recheck.h"

#include "census/builder-table.h"
#include "census/verdict.h"

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
static int take_over(struct entry *e, struct entry *seen)
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

int builder_recheck(struct builder *b, struct builder *from)
{
        int r = 0;

        for (size_t i = 0; i < from->n_visited && r >= 0; i++)
                r = builder_table_note_visited(b, &from->visited[i]);
        for (struct entry *e = b->entries, *next; e && r >= 0; e = next) {
                next = e->hh.next;
                if (e->ns.verdict != VERDICT_ORPHANED || e->ns.id.inode == 0)
                        continue;
                /* Tasks and nsfs references are known by inode alone. */
                struct entry *seen =
                        builder_table_find(from, &(struct netns_identity){.inode = e->ns.id.inode});
                if (seen && is_taken_over(b, e, seen))
                        builder_table_remove(b, e);
                else if (seen)
                        r = take_over(e, seen);
        }
        return r;
}
