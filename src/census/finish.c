/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "census/finish.h"

#include "census/verdict.h"

static void conclude(struct census *census)
{
        coverage_conclude(&census->coverage);
        for (size_t i = 0; i < census->n_namespaces; i++) {
                struct netns *ns = &census->namespaces[i];
                struct verdict_pin pin = verdict_pin_of(ns, &census->coverage);
                ns->partial = verdict_is_partial(ns, &census->coverage);
                ns->unnamed = pin.unnamed;
                ns->empty = pin.empty;
        }
}

/* One that something of ours is in exists, if only because of us. */
static bool is_visited(const struct census *census, const struct netns_identity *id)
{
        for (size_t i = 0; i < census->n_visited; i++)
                if (netns_identity_equal(&census->visited[i], id))
                        return true;
        return false;
}

/* What became of those that the caller knows and the scan has not found. */
static int ask_about(struct census *census, const struct scan_options *options,
                     finish_presence_fn presence, void *userdata)
{
        census->absent = calloc(options->n_ask + 1, sizeof(*census->absent));
        if (!census->absent)
                return -ENOMEM;
        for (size_t i = 0; i < options->n_ask; i++) {
                const struct netns_identity *id = &options->ask[i];
                if (census_search(census, id))
                        continue;
                census->absent[census->n_absent++] =
                        (struct absent_netns){*id, is_visited(census, id) ? NETNS_PRESENCE_THERE
                                                                          : presence(id, userdata)};
        }
        return 0;
}

int finish_census(struct builder *b, const struct scan_options *options,
                  finish_presence_fn presence, void *userdata, struct census **ret)
{
        _cleanup_(census_freep) struct census *census = calloc(1, sizeof(*census));

        if (!census)
                return -ENOMEM;
        int r = builder_finish(b, census);
        if (r >= 0)
                r = ask_about(census, options, presence, userdata);
        if (r < 0)
                return r;
        census->strays = options->strays && !options->brief;
        conclude(census);
        if (options->brief)
                census_unlist_attached(census);
        *ret = TAKE_PTR(census);
        return 0;
}
