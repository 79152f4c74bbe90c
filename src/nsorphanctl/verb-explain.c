/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "nsorphanctl/explain.h"
#include "nsorphanctl/explained.h"
#include "nsorphanctl/fail.h"
#include "nsorphanctl/fold.h"
#include "nsorphanctl/json-print.h"
#include "nsorphanctl/netns-target.h"
#include "nsorphanctl/pager.h"
#include "nsorphanctl/verb.h"

static int explain(struct census *census, const struct netns *ns, const struct options *options)
{
        _cleanup_(explained_deinit) struct explained explained = {};
        struct error error = {};

        int r = explained_init(&explained, census, ns, PROCESS_FACTS_MAY_HANG, options);
        if (r < 0)
                return fail_because(r, &error);
        explained_say_not_asked(&explained);
        if (options->json != JSON_OFF) {
                json_auto_t *json = explained_json(&explained);
                return json ? json_print(json, options->json) : fail_because(-ENOMEM, &error);
        }
        explained.explain.folded = fold_start(options->columns);
        pager_open(options->pager);
        explain_print(stdout, &explained.explain);
        return EXIT_SUCCESS;
}

/* All that a process, a unit or a name has to do with; each is explained by its cookie. */
static int list_matches(const struct find *found, const struct options *options)
{
        if (options->json != JSON_OFF) {
                netns_target_print(stderr, found);
                return fail_with(EX_NOINPUT, "Several network namespaces were found; say which");
        }
        (void)fold_start(options->columns);
        pager_open(options->pager);
        netns_target_print(stdout, found);
        return EXIT_SUCCESS;
}

int verb_explain(int argc, char **argv, const struct options *options)
{
        _cleanup_(census_freep) struct census *census = NULL;
        _cleanup_(find_deinit) struct find found = {};
        struct error error = {};

        int r = netns_target_scan_all(options, argv[0], &census, &found, &error);
        if (r < 0)
                return netns_target_fail(r, &error);
        return what_is_one(&found) ? explain(census, found.matches[0].netns, options)
                                   : list_matches(&found, options);
}
