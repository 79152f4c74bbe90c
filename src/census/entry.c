/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "census/entry.h"
#include "util/array.h"

#include <string.h>

void entry_free(struct entry *e)
{
        holder_free_array(e->ns.holders, e->ns.n_holders);
        free(e->refused);
        free(e->lineup);
        free(e);
}

#define CLASSES 4

/* What decides the verdict alike: its tasks, its nsfs references, all else. Stray threads are
 * apart, so that no number of others hides them. */
static unsigned class_of(const struct holder *h)
{
        switch (h->kind) {
        case HOLDER_TASK:
                return h->home_inode ? 1 : 0;
        case HOLDER_NSFS_FD:
        case HOLDER_NSFS_MOUNT:
                return 2;
        default:
                return CLASSES - 1;
        }
}

/* What of those listed decides which gives way, close together: it is asked for each holder of a
 * new process. The last place is for one more. */
struct lineup {
        uint64_t group[CENSUS_LISTED_MAX + 1]; /* class, then user */
        pid_t pid[CENSUS_LISTED_MAX + 1];
        struct holder
                asked; /* the one that was asked about last; HOLDER_NONE: none since a change */
        size_t answer;
};

static void lineup_put(struct lineup *l, size_t i, const struct holder *h)
{
        l->group[i] = (uint64_t)class_of(h) << 32 | h->uid;
        l->pid[i] = h->pid;
        l->asked.kind = HOLDER_NONE;
}

/* The group that has most of them; of two that have as many, the one whose class and user come
 * later.
 */
static uint64_t largest_group(const struct lineup *l)
{
        uint64_t largest = UINT64_MAX;
        size_t n_largest = 0;

        for (size_t i = 0; i <= CENSUS_LISTED_MAX; i++) {
                size_t n = 0;
                if (l->group[i] == largest || (i > 0 && l->group[i] == l->group[i - 1]))
                        continue;
                for (size_t k = 0; k <= CENSUS_LISTED_MAX; k++)
                        n += l->group[k] == l->group[i];
                if (n > n_largest || (n == n_largest && l->group[i] > largest)) {
                        largest = l->group[i];
                        n_largest = n;
                }
        }
        return largest;
}

/* The last of that process which has most, in the group that has most. */
static size_t lineup_last(const struct lineup *l, const struct holder *holders,
                          const struct holder *h)
{
        const uint64_t largest = largest_group(l);
        const struct holder *last = NULL;
        size_t n = 0, n_last = 0;
        pid_t counted = 0;

        for (size_t i = 0; i <= CENSUS_LISTED_MAX; i++) {
                const struct holder *one = i < CENSUS_LISTED_MAX ? &holders[i] : h;
                if (l->group[i] != largest)
                        continue;
                if (!last || l->pid[i] != counted) {
                        n = 0;
                        counted = l->pid[i];
                        for (size_t k = 0; k <= CENSUS_LISTED_MAX; k++)
                                n += l->group[k] == largest && l->pid[k] == counted;
                }
                if (n > n_last || (n == n_last && holder_compare(one, last) > 0)) {
                        last = one;
                        n_last = n;
                }
        }
        return last == h ? CENSUS_LISTED_MAX : (size_t)(last - holders);
}

/* The one of the full list and @h that is not to be listed: a place, CENSUS_LISTED_MAX for @h (and
 * without memory). */
static size_t find_last(struct entry *e, const struct holder *h)
{
        if (!e->lineup) {
                e->lineup = calloc(1, sizeof(*e->lineup));
                for (size_t i = 0; e->lineup && i < CENSUS_LISTED_MAX; i++)
                        lineup_put(e->lineup, i, &e->ns.holders[i]);
        }
        struct lineup *l = e->lineup;
        if (!l)
                return CENSUS_LISTED_MAX;
        if (l->asked.kind != HOLDER_NONE && !h->path && holder_compare(&l->asked, h) == 0 &&
            l->asked.uid == h->uid)
                return l->answer;
        lineup_put(l, CENSUS_LISTED_MAX, h);
        l->answer = lineup_last(l, e->ns.holders, h);
        /* Without the strings, which are not ours. */
        l->asked = *h;
        l->asked.path = l->asked.device = NULL;
        if (h->path)
                l->asked.kind = HOLDER_NONE;
        return l->answer;
}

/* Whether it can be said at once: a walk meets the holders of a process in their order, and what
 * comes behind one that was not listed is not listed either. */
static bool is_refused_already(const struct entry *e, const struct holder *h)
{
        const struct holder *refused = e->refused ? &e->refused[class_of(h)] : NULL;

        return refused && refused->kind != HOLDER_NONE && refused->pid == h->pid &&
               refused->uid == h->uid && holder_compare(refused, h) <= 0;
}

/* Without memory it is asked about again, and so is what has a path, of which there are few. */
static void note_refused(struct entry *e, const struct holder *h)
{
        if (!e->refused)
                e->refused = calloc(CLASSES, sizeof(*e->refused));
        if (e->refused && !h->path && !h->device)
                e->refused[class_of(h)] = *h;
}

bool entry_lists(struct entry *e, const struct holder *h)
{
        if (e->ns.n_holders < CENSUS_LISTED_MAX)
                return true;
        if (is_refused_already(e, h))
                return false;
        if (find_last(e, h) < CENSUS_LISTED_MAX)
                return true;
        note_refused(e, h);
        return false;
}

int entry_list(struct entry *e, struct holder *h)
{
        struct netns *ns = &e->ns;

        if (ns->n_holders == CENSUS_LISTED_MAX) {
                size_t last = is_refused_already(e, h) ? CENSUS_LISTED_MAX : find_last(e, h);
                if (last == CENSUS_LISTED_MAX) {
                        note_refused(e, h);
                        holder_clear(h);
                        return 0;
                }
                holder_clear(&ns->holders[last]);
                ns->holders[last] = *h;
                lineup_put(e->lineup, last, h);
                return 0;
        }
        free(e->lineup);
        e->lineup = NULL;
        /* From 1: most namespaces have few holders. */
        struct holder *grown = array_grow(ns->holders, ns->n_holders, sizeof(*grown));
        if (!grown) {
                holder_clear(h);
                return -ENOMEM;
        }
        ns->holders = grown;
        ns->holders[ns->n_holders++] = *h;
        return 0;
}

int entry_compare(const struct entry *a, const struct entry *b)
{
        const struct netns_identity *x = &a->ns.id, *y = &b->ns.id;

        if (x->inode != y->inode)
                return x->inode < y->inode ? -1 : 1;
        if (x->cookie != y->cookie)
                return x->cookie < y->cookie ? -1 : 1;
        return netns_nameless_compare(&x->nameless, &y->nameless);
}

void entry_learn(struct entry *e, const struct netns_facts *facts)
{
        e->disputed |= e->cookie && facts->cookie && e->cookie != facts->cookie;
        if (!e->cookie)
                e->cookie = facts->cookie;
        if (facts->has_owner && !e->ns.has_owner) {
                e->ns.has_owner = true;
                e->ns.owner_userns = facts->owner_userns;
                e->ns.owner_uid = facts->owner_uid;
                e->ns.charged_uid = facts->charged_uid;
        }
}

int entry_absorb(struct entry *to, struct entry *from)
{
        int r = 0;

        for (enum holder_kind k = 0; k < _HOLDER_KIND_MAX; k++)
                to->ns.count[k] += from->ns.count[k];
        to->ns.strays += from->ns.strays;
        to->ns.nsfs_in_flight |= from->ns.nsfs_in_flight;
        to->ns.unseen_reference |= from->ns.unseen_reference;
        to->ns.waits |= from->ns.waits;
        to->ns.witnessed |= from->ns.witnessed;
        to->disputed |= from->disputed;
        entry_learn(to,
                    &(struct netns_facts){from->cookie, from->ns.has_owner, from->ns.owner_userns,
                                          from->ns.owner_uid, from->ns.charged_uid});
        for (size_t i = 0; i < from->ns.n_holders; i++) {
                int k = entry_list(to, &from->ns.holders[i]);
                r = r < 0 ? r : k;
        }
        from->ns.n_holders = 0;
        return r;
}
