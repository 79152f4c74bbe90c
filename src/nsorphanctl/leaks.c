/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "nsorphanctl/leaks.h"

#include "util/array.h"

static const char *const kind_names[_LEAKS_KIND_MAX] = {
        [LEAKS_ORPHANED] = "orphaned",
        [LEAKS_UNNAMED] = "unnamed",
        [LEAKS_EMPTY] = "empty",
};

const char *leaks_kind_to_string(enum leaks_kind kind)
{
        return kind < _LEAKS_KIND_MAX ? kind_names[kind] : NULL;
}

enum leaks_kind leaks_kind_of(const struct netns *ns)
{
        if (ns->verdict == VERDICT_ORPHANED)
                return LEAKS_ORPHANED;
        if (ns->verdict == VERDICT_PINNED && ns->unnamed)
                return LEAKS_UNNAMED;
        return ns->verdict == VERDICT_PINNED && ns->empty ? LEAKS_EMPTY : LEAKS_NONE;
}

static bool is_same(const struct census *c, const struct netns *earlier, const struct netns *ns)
{
        if (!netns_identity_equal(&earlier->id, &ns->id))
                return false;
        return (earlier->id.cookie && ns->id.cookie) || netns_is_nameless(&ns->id) ||
               !census_is_all_young(c, ns);
}

const struct netns *leaks_find_same(const struct census *c, const struct netns *ns)
{
        const struct netns *found = census_search(c, &ns->id);

        if (found && is_same(c, found, ns))
                return found;
        for (size_t i = 0; i < c->n_namespaces; i++)
                if (is_same(c, &c->namespaces[i], ns))
                        return &c->namespaces[i];
        return NULL;
}

static bool is_new_leak(const struct leak *leak)
{
        if (leak->kind == LEAKS_NONE)
                return false;
        return !leak->before ||
               (leak->kind != LEAKS_EMPTY && leaks_kind_of(leak->before) == LEAKS_NONE);
}

int leaks_find(const struct census *before, const struct census *after, struct leaks *ret)
{
        struct leaks l = {};
        size_t room = 0;

        for (size_t i = 0; i < after->n_namespaces; i++) {
                const struct netns *ns = &after->namespaces[i];
                struct leak leak = {.netns = ns, .kind = leaks_kind_of(ns), .counts = true};

                if (leak.kind == LEAKS_NONE)
                        continue;
                leak.before = leaks_find_same(before, ns);
                if (!is_new_leak(&leak))
                        continue;
                if (!array_make_room(&l.list, l.n, &room, sizeof(*l.list))) {
                        leaks_deinit(&l);
                        return -ENOMEM;
                }
                l.list[l.n++] = leak;
        }
        *ret = l;
        return 0;
}

static int compare_counting(const void *a, const void *b)
{
        const struct leak *x = a, *y = b;

        if (x->counts != y->counts)
                return x->counts ? -1 : 1;
        /* Both point into one array: the order of the census. */
        return x->netns < y->netns ? -1 : x->netns > y->netns;
}

void leaks_count_own(struct leaks *l)
{
        for (size_t i = 0; i < l->n; i++)
                l->list[i].counts = l->list[i].own;
        if (l->n > 1)
                qsort(l->list, l->n, sizeof(*l->list), compare_counting);
}

void leaks_keep(struct leaks *l, const struct census *earlier)
{
        size_t kept = 0;

        for (size_t i = 0; i < l->n; i++) {
                const struct netns *then = leaks_find_same(earlier, l->list[i].netns);

                if (then && leaks_kind_of(then) != LEAKS_NONE)
                        l->list[kept++] = l->list[i];
                else
                        l->unsettled += l->list[i].counts;
        }
        l->n = kept;
}

size_t leaks_count(const struct leaks *l)
{
        size_t n = 0;

        for (size_t i = 0; i < l->n; i++)
                n += l->list[i].counts;
        return n;
}

void leaks_deinit(struct leaks *l)
{
        free(l->list);
        *l = (struct leaks){};
}
