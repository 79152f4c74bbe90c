/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "census/entry.h"

#include <string.h>

void holder_clear(struct holder *h)
{
        free(h->path);
        free(h->device);
        h->path = h->device = NULL;
}

void holders_free(struct holder *holders, size_t n)
{
        for (size_t i = 0; i < n; i++)
                holder_clear(&holders[i]);
        free(holders);
}

void entry_free(struct entry *e)
{
        holders_free(e->ns.holders, e->ns.n_holders);
        free(e->refused);
        free(e);
}

int holder_compare(const void *pa, const void *pb)
{
        const struct holder *a = pa, *b = pb;

        if (a->kind != b->kind)
                return a->kind < b->kind ? -1 : 1;
        if (a->pid != b->pid)
                return a->pid < b->pid ? -1 : 1;
        if (a->tid != b->tid)
                return a->tid < b->tid ? -1 : 1;
        if (a->fd != b->fd)
                return a->fd < b->fd ? -1 : 1;
        if (a->depth != b->depth)
                return a->depth < b->depth ? -1 : 1;
        if (a->socket_inode != b->socket_inode)
                return a->socket_inode < b->socket_inode ? -1 : 1;
        return strcmp(a->path ? a->path : "", b->path ? b->path : "");
}

#define CLASSES 3

/* What decides the verdict alike: its tasks, its nsfs references, all else. */
static unsigned class_of(const struct holder *h)
{
        switch (h->kind) {
        case HOLDER_TASK:
                return 0;
        case HOLDER_NSFS_FD:
        case HOLDER_NSFS_MOUNT:
                return 1;
        default:
                return CLASSES - 1;
        }
}

/* Where a holder stands among all: its place in its group, then the group. */
struct standing {
        const struct holder *h;
        unsigned class;
        unsigned in_process; /* so many of its group and process come before it */
        unsigned in_group;   /* so many of its group */
};

static bool is_of_group(const struct standing *a, const struct standing *b)
{
        return a->class == b->class && a->h->uid == b->h->uid;
}

/* Of one group: whether @a comes before @b. */
static bool is_before(const struct standing *a, const struct standing *b)
{
        if (a->in_process != b->in_process)
                return a->in_process < b->in_process;
        return holder_compare(a->h, b->h) < 0;
}

/* Of any two: whether @a gives way before @b does. */
static bool gives_way(const struct standing *a, const struct standing *b)
{
        if (a->in_group != b->in_group)
                return a->in_group > b->in_group;
        if (a->class != b->class)
                return a->class > b->class;
        return a->h->uid > b->h->uid;
}

/* The one of the full list and @h that is not to be listed: a place, CENSUS_LISTED_MAX for @h. */
static size_t find_last(const struct netns *ns, const struct holder *h)
{
        struct standing all[CENSUS_LISTED_MAX + 1];
        size_t last = 0;

        for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
                const struct holder *one = i < CENSUS_LISTED_MAX ? &ns->holders[i] : h;
                all[i] = (struct standing){.h = one, .class = class_of(one)};
        }
        for (size_t i = 0; i < ARRAY_SIZE(all); i++)
                for (size_t k = 0; k < i; k++)
                        if (all[i].h->pid == all[k].h->pid && is_of_group(&all[i], &all[k])) {
                                bool before = holder_compare(all[i].h, all[k].h) < 0;
                                all[before ? k : i].in_process++;
                        }
        for (size_t i = 0; i < ARRAY_SIZE(all); i++)
                for (size_t k = 0; k < i; k++)
                        if (is_of_group(&all[i], &all[k]))
                                all[is_before(&all[i], &all[k]) ? k : i].in_group++;
        for (size_t i = 1; i < ARRAY_SIZE(all); i++)
                if (gives_way(&all[i], &all[last]))
                        last = i;
        return last;
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
        if (find_last(&e->ns, h) < CENSUS_LISTED_MAX)
                return true;
        note_refused(e, h);
        return false;
}

int entry_list(struct entry *e, struct holder *h)
{
        struct netns *ns = &e->ns;

        if (ns->n_holders == CENSUS_LISTED_MAX) {
                size_t last = is_refused_already(e, h) ? CENSUS_LISTED_MAX : find_last(ns, h);
                if (last == CENSUS_LISTED_MAX) {
                        note_refused(e, h);
                        holder_clear(h);
                        return 0;
                }
                holder_clear(&ns->holders[last]);
                ns->holders[last] = *h;
                return 0;
        }
        /* Room grows by doubling from 1: most namespaces have few holders. */
        if ((ns->n_holders & (ns->n_holders - 1)) == 0) {
                size_t room = MAX(ns->n_holders * 2, (size_t)1);
                struct holder *grown = reallocarray(ns->holders, room, sizeof(*grown));
                if (!grown) {
                        holder_clear(h);
                        return -ENOMEM;
                }
                ns->holders = grown;
        }
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
        return nameless_compare(&x->nameless, &y->nameless);
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
        to->ns.nsfs_in_flight |= from->ns.nsfs_in_flight;
        to->ns.unseen_reference |= from->ns.unseen_reference;
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
