/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "nsorphanctl/view.h"

#include "report/coverage-text.h"
#include "util/array.h"

int view_netns_from_census(struct view_netns *ret, const struct netns *ns)
{
        *ret = (struct view_netns){
                .id = ns->id,
                .verdict = ns->verdict,
                .partial = ns->partial,
                .has_owner = ns->has_owner,
                .owner_uid = ns->owner_uid,
                .n_holders_total = netns_holder_count(ns),
                .holders = calloc(ns->n_holders + 1, sizeof(*ret->holders)),
        };
        if (!ret->holders)
                return -ENOMEM;
        for (; ret->n_holders < ns->n_holders; ret->n_holders++)
                if (holder_copy(&ret->holders[ret->n_holders], &ns->holders[ret->n_holders]) < 0) {
                        view_netns_clear(ret);
                        return -ENOMEM;
                }
        return 0;
}

int view_coverage_from_census(struct view_coverage *ret, const struct census *c)
{
        *ret = (struct view_coverage){.complete = c->coverage.complete};
        return coverage_text_reasons(c, &ret->reasons.list, &ret->reasons.n);
}

struct view_netns *view_list_add(struct view_list *list)
{
        if (!array_make_room(&list->namespaces, list->n, &list->room, sizeof(*list->namespaces)))
                return NULL;
        list->namespaces[list->n] = (struct view_netns){};
        return &list->namespaces[list->n++];
}

static void strings_clear(struct view_strings *s)
{
        for (size_t i = 0; i < s->n; i++)
                free(s->list[i]);
        free(s->list);
        *s = (struct view_strings){};
}

void view_netns_clear(struct view_netns *ns)
{
        free(ns->partial_reason);
        history_facts_clear(&ns->history);
        holder_free_array(ns->holders, ns->n_holders);
        *ns = (struct view_netns){};
}

void view_list_clear(struct view_list *list)
{
        for (size_t i = 0; i < list->n; i++)
                view_netns_clear(&list->namespaces[i]);
        free(list->namespaces);
        *list = (struct view_list){};
}

void view_coverage_clear(struct view_coverage *c)
{
        strings_clear(&c->reasons);
        *c = (struct view_coverage){};
}

void view_status_clear(struct view_status *s)
{
        free(s->version);
        free(s->error);
        free(s->scan.source);
        free(s->scan.not_bpf);
        view_coverage_clear(&s->coverage);
        for (size_t i = 0; i < s->n_shares; i++)
                free(s->shares[i].name);
        free(s->shares);
        free(s->cross_check.disagreement);
        free(s->not_traced);
        free(s->running.step);
        for (size_t i = 0; i < s->n_skipped; i++)
                free(s->skipped[i].step);
        free(s->skipped);
        *s = (struct view_status){};
}

void view_inspection_clear(struct view_inspection *i)
{
        for (size_t k = 0; k < i->n_links; k++) {
                struct view_link *link = &i->links[k];
                free(link->name);
                free(link->kind);
                strings_clear(&link->addresses);
                free(link->peer.name);
                free(link->peer.master);
        }
        free(i->links);
        for (size_t k = 0; k < i->n_listeners; k++) {
                free(i->listeners[k].protocol);
                free(i->listeners[k].address);
        }
        free(i->listeners);
        free(i->inside_error);
        *i = (struct view_inspection){};
}

void view_event_clear(struct view_event *e)
{
        free(e->kind);
        view_netns_clear(&e->netns);
        free(e->ending);
        free(e->detail);
        *e = (struct view_event){};
}
