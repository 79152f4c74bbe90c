/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "nsorphanctl/fail.h"
#include "nsorphanctl/graph-inspection.h"
#include "nsorphanctl/graph-svg.h"
#include "nsorphanctl/graph.h"
#include "nsorphanctl/json-print.h"
#include "nsorphanctl/netns-target.h"
#include "nsorphanctl/pager.h"
#include "nsorphanctl/verb.h"
#include "util/text.h"

static int add(struct graph *g, const struct census *census, const struct netns *ns)
{
        _cleanup_(inspection_freep) struct inspection *i = NULL;
        int r;

        /* A picture needs no command lines, so nothing that may hang is read. */
        r = inspection_new(census, ns, 0, &i);
        return r < 0 ? r : graph_inspection_add(g, i);
}

static int add_orphans(struct graph *g, const struct census *census)
{
        size_t n = 0;
        int r = 0;

        for (size_t i = 0; r >= 0 && i < census->n_namespaces; i++)
                if (census->namespaces[i].verdict == VERDICT_ORPHANED &&
                    (n++ < GRAPH_NAMESPACES_MAX || g->whole))
                        r = add(g, census, &census->namespaces[i]);
        return r < 0 || g->whole || n <= GRAPH_NAMESPACES_MAX
                       ? r
                       : graph_inspection_add_more(g, n - GRAPH_NAMESPACES_MAX);
}

static int print(const struct graph *g, const struct options *options)
{
        const char *format = text_or(options->format, "dot");

        if (options->json != JSON_OFF) {
                json_auto_t *json = graph_json(g);
                return json ? json_print(json, options->json)
                            : fail_with(EXIT_FAILURE, "Out of memory");
        }
        pager_open(options->pager);
        if (strcmp(format, "mermaid") == 0)
                graph_print_mermaid(stdout, g);
        else if (strcmp(format, "dot") == 0)
                graph_print_dot(stdout, g);
        else if (graph_svg_print(stdout, g) < 0)
                return fail_with(EXIT_FAILURE, "Out of memory");
        return EXIT_SUCCESS;
}

int verb_graph(int argc, char **argv, const struct options *options)
{
        _cleanup_(census_freep) struct census *census = NULL;
        _cleanup_(graph_deinit) struct graph g = {.whole = options->json != JSON_OFF};
        const struct netns *ns;
        struct error error = {};
        int r;

        if (argc > 0) {
                r = netns_target_scan(options, argv[0], &census, &ns, &error);
                if (r >= 0)
                        r = add(&g, census, ns);
        } else {
                r = netns_target_census(options, SCAN_SOURCE_AUTO, false, &census, &error);
                if (r >= 0)
                        r = add_orphans(&g, census);
        }
        return r < 0 ? netns_target_fail(r, &error) : print(&g, options);
}
