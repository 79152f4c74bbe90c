/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "census/census.h"

#include "util/clock.h"
#include "util/compare.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

struct census *census_free(struct census *c)
{
        if (!c)
                return NULL;
        for (size_t i = 0; i < c->n_namespaces; i++)
                holder_free_array(c->namespaces[i].holders, c->namespaces[i].n_holders);
        free(c->namespaces);
        holder_free_array(c->unresolved, c->n_unresolved);
        for (size_t i = 0; i < c->n_processes; i++)
                process_unref(c->processes[i]);
        free(c->processes);
        free(c->shares);
        free(c->blind);
        free(c->absent);
        free(c->visited);
        free(c->dying);
        free(c);
        return NULL;
}

void census_unlist_attached(struct census *c)
{
        for (size_t i = 0; i < c->n_namespaces; i++) {
                struct netns *ns = &c->namespaces[i];
                if (ns->verdict != VERDICT_ATTACHED)
                        continue;
                holder_free_array(ns->holders, ns->n_holders);
                ns->holders = NULL;
                ns->n_holders = 0;
        }
}

size_t census_count(const struct census *c, enum verdict verdict)
{
        size_t n = 0;
        for (size_t i = 0; i < c->n_namespaces; i++)
                n += c->namespaces[i].verdict == verdict;
        return n;
}

size_t census_count_unnamed(const struct census *c)
{
        size_t n = 0;
        for (size_t i = 0; i < c->n_namespaces; i++)
                n += c->namespaces[i].unnamed;
        return n;
}

size_t census_count_empty(const struct census *c)
{
        size_t n = 0;
        for (size_t i = 0; i < c->n_namespaces; i++)
                n += c->namespaces[i].empty;
        return n;
}

const struct netns *census_find(const struct census *c, const struct netns_identity *id)
{
        for (size_t i = 0; i < c->n_namespaces; i++)
                if (netns_identity_equal(&c->namespaces[i].id, id))
                        return &c->namespaces[i];
        return NULL;
}

static int compare_inodes(const void *a, const void *b)
{
        const struct netns *x = a, *y = b;
        return compare_u64(x->id.inode, y->id.inode);
}

const struct netns *census_search(const struct census *c, const struct netns_identity *id)
{
        const struct netns key = {.id = *id}, *end = c->namespaces + c->n_namespaces;
        const struct netns *ns = c->n_namespaces == 0
                                         ? NULL
                                         : bsearch(&key, c->namespaces, c->n_namespaces,
                                                   sizeof(*ns), compare_inodes);
        if (!ns)
                return NULL;
        while (ns > c->namespaces && ns[-1].id.inode == id->inode)
                ns--;
        for (; ns < end && ns->id.inode == id->inode; ns++)
                if (netns_identity_equal(&ns->id, id))
                        return ns;
        return NULL;
}

bool census_is_young(const struct census *c, const struct holder *h)
{
        return h->process && h->process->start_ticks > 0 &&
               clock_ticks_to_usec(h->process->start_ticks) > c->start_boottime_usec;
}

bool census_is_all_young(const struct census *c, const struct netns *ns)
{
        for (size_t i = 0; i < ns->n_holders; i++)
                if (!census_is_young(c, &ns->holders[i]))
                        return false;
        return ns->n_holders > 0;
}

bool census_is_by_bpf(const struct census *c)
{
        return c->source && strcmp(c->source, "bpf") == 0;
}
