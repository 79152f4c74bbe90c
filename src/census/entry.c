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

static void find_largest(struct entry *e)
{
        e->largest = 0;
        for (size_t i = 1; i < e->ns.n_holders; i++)
                if (holder_compare(&e->ns.holders[i], &e->ns.holders[e->largest]) > 0)
                        e->largest = i;
}

bool entry_lists(const struct entry *e, const struct holder *h)
{
        return e->ns.n_holders < CENSUS_LISTED_MAX ||
               holder_compare(h, &e->ns.holders[e->largest]) < 0;
}

int entry_list(struct entry *e, struct holder *h)
{
        struct netns *ns = &e->ns;

        if (!entry_lists(e, h)) {
                holder_clear(h);
                return 0;
        }
        if (ns->n_holders == CENSUS_LISTED_MAX) {
                holder_clear(&ns->holders[e->largest]);
                ns->holders[e->largest] = *h;
                find_largest(e);
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
        if (ns->n_holders == CENSUS_LISTED_MAX)
                find_largest(e);
        return 0;
}

void entry_learn(struct entry *e, const struct netns_facts *facts)
{
        if (!e->cookie)
                e->cookie = facts->cookie;
        if (facts->has_owner && !e->ns.has_owner) {
                e->ns.has_owner = true;
                e->ns.owner_userns = facts->owner_userns;
                e->ns.owner_uid = facts->owner_uid;
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
        entry_learn(to, &(struct netns_facts){from->cookie, from->ns.has_owner,
                                              from->ns.owner_userns, from->ns.owner_uid});
        for (size_t i = 0; i < from->ns.n_holders; i++) {
                int k = entry_list(to, &from->ns.holders[i]);
                r = r < 0 ? r : k;
        }
        from->ns.n_holders = 0;
        return r;
}
