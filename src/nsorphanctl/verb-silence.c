/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "inspect/inside-read.h"
#include "inspect/silence-file.h"
#include "nsorphanctl/acting.h"
#include "nsorphanctl/verb.h"
#include "util/clock.h"
#include "util/product.h"

static const char *switched(const struct silence_link *l)
{
        return !l->far ? "inside" : l->here ? "on this host" : "in another network namespace";
}

static void print_links(const struct silence *s, const char *verb)
{
        for (size_t i = 0; i < s->n_links; i++) {
                const struct silence_link *l = &s->links[i];
                printf("%s %s %s", verb, l->name, switched(l));
                if (l->far)
                        printf(", the other end of %s", l->inside_name);
                putchar('\n');
        }
}

static int undo(const char *what, const struct options *options)
{
        _cleanup_(census_freep) struct census *census = NULL;
        _cleanup_(silence_deinit) struct silence s = {};
        const struct netns *ns;
        struct error error = {};

        int r = netns_target_scan(options, what, &census, &ns, &error);
        if (r >= 0)
                r = silence_file_load(PRODUCT_SILENCED_DIRECTORY, &ns->id, &s, &error);
        if (r >= 0)
                r = silence_undo(&s, census, &error);
        if (r >= 0)
                r = silence_file_remove(PRODUCT_SILENCED_DIRECTORY, &ns->id, &error);
        if (r < 0)
                return netns_target_fail(r, &error);
        if (!options->no_legend)
                print_links(&s, "Switched on again:");
        return EXIT_SUCCESS;
}

/* 0 with the plan, written down; or a negative errno with the sentence. */
static int prepare(const char *what, const struct options *options, struct silence *ret,
                   struct error *error)
{
        _cleanup_(census_freep) struct census *census = NULL;
        _cleanup_(inside_freep) struct inside *inside = NULL;
        _cleanup_(silence_deinit) struct silence s = {};
        const struct netns *ns;

        int r = acting_find(options, what, &census, &ns, error);
        if (r >= 0)
                r = inside_read(ns, census, NULL, 0, &inside, error);
        if (r < 0)
                return r;
        if (inside->network->truncated)
                return error_set(error, EFBIG, "It has more interfaces than can be listed");
        if (silence_plan(&ns->id, inside, &s) < 0)
                return error_oom(error);
        s.since_usec = clock_usec(CLOCK_REALTIME);
        if (s.n_links > 0)
                r = silence_save(&s, census, error);
        if (r >= 0 && s.n_links > 0)
                r = silence_file_save(PRODUCT_SILENCED_DIRECTORY, &s, error);
        if (r < 0)
                return r;
        *ret = s;
        s = (struct silence){};
        return 0;
}

int verb_silence(int argc, char **argv, const struct options *options)
{
        _cleanup_(census_freep) struct census *census = NULL;
        _cleanup_(silence_deinit) struct silence s = {};
        struct error error = {}, ignored = {};
        char name[NETNS_NAME_MAX];

        if (options->undo)
                return undo(argv[0], options);
        int r = prepare(argv[0], options, &s, &error);
        if (r < 0)
                return netns_target_fail(r, &error);
        if (s.n_links == 0) {
                if (!options->no_legend)
                        printf("%s has no interface that is up, but for its loopback: it is silent "
                               "already\n",
                               netns_identity_format(&s.netns, name));
                return EXIT_SUCCESS;
        }
        /* Judged once more, now that nothing is left to do but to act. */
        r = acting_confirm(options, &s.netns, &census, &error);
        if (r >= 0)
                r = silence_apply(&s, census, &error);
        if (r < 0) {
                (void)silence_file_remove(PRODUCT_SILENCED_DIRECTORY, &s.netns, &ignored);
                return netns_target_fail(r, &error);
        }
        if (!options->no_legend) {
                print_links(&s, "Switched off:");
                printf("To undo it: nsorphanctl silence --undo %s\n",
                       netns_target_format(&s.netns, name));
        }
        return EXIT_SUCCESS;
}
