/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "nsorphanctl/by-holder.h"
#include "nsorphanctl/color.h"
#include "nsorphanctl/coverage-print.h"
#include "nsorphanctl/fail.h"
#include "nsorphanctl/fold.h"
#include "nsorphanctl/json-print.h"
#include "nsorphanctl/netns-table.h"
#include "nsorphanctl/netns-target.h"
#include "nsorphanctl/pager.h"
#include "nsorphanctl/scan-compare.h"
#include "nsorphanctl/verb.h"
#include "report/json.h"
#include "util/text.h"

static const enum netns_column scan_columns[] = {COLUMN_NETNS,   COLUMN_COOKIE,  COLUMN_VERDICT,
                                                 COLUMN_HOLDERS, COLUMN_PID,     COLUMN_COMMAND,
                                                 COLUMN_UNIT,    COLUMN_THROUGH, _COLUMN_MAX};

/* The namespaces of @census that the options ask for. 0 or -ENOMEM. */
static int select_namespaces(const struct census *census, const struct options *options,
                             struct view_list *ret)
{
        const char *wanted = options->verdict ? options->verdict
                             : options->all   ? NULL
                                              : netns_verdict_to_string(VERDICT_ORPHANED);

        for (size_t i = 0; i < census->n_namespaces; i++) {
                const struct netns *ns = &census->namespaces[i];
                if (wanted && strcmp(netns_verdict_to_string(ns->verdict), wanted) != 0)
                        continue;
                struct view_netns *view = view_list_add(ret);
                if (!view || view_netns_from_census(view, ns) < 0)
                        return -ENOMEM;
        }
        return 0;
}

/* What many of the orphans have in common. */
static int print_many(const struct view_list *orphans, const struct options *options)
{
        _cleanup_(by_holder_deinit) struct by_holder b = {};

        if (options->no_legend || options->all || options->verdict)
                return 0;
        int r = by_holder_group(orphans, &b);
        if (r >= 0)
                by_holder_print_many(stdout, &b);
        return r;
}

/* Leaks of another kind, which no alert tells of. */
static void print_pins(const struct census *census, const struct options *options)
{
        size_t unnamed = census_count_unnamed(census), empty = census_count_empty(census);
        bool listed = options->all || (options->verdict && strcmp(options->verdict, "pinned") == 0);

        if (options->no_legend || listed || unnamed + empty == 0)
                return;
        if (unnamed > 0)
                printf("%zu namespace%s no name and no process, kept only by open files", unnamed,
                       unnamed == 1 ? " has" : "s have");
        if (empty > 0)
                printf("%s%zu %s nothing but a name, without process and socket",
                       unnamed > 0 ? "; " : "", empty,
                       unnamed > 0  ? "more with"
                       : empty == 1 ? "namespace has"
                                    : "namespaces have");
        puts("; nsorphanctl scan --verdict=pinned");
}

static int print_census(const struct census *census, const struct options *options)
{
        _cleanup_(view_list_clear) struct view_list selected = {};
        _cleanup_(view_coverage_clear) struct view_coverage coverage = {};
        bool colors = color_wanted();

        int r = select_namespaces(census, options, &selected);
        if (r >= 0)
                r = view_coverage_from_census(&coverage, census);
        if (r < 0)
                return r;
        (void)fold_start(options->columns);
        pager_open(options->pager);
        if (selected.n > 0)
                r = netns_table_print(&selected, scan_columns, colors, options);
        else if (!options->no_legend)
                printf("No network namespace was found to be %s.\n",
                       text_or(options->verdict, "orphaned"));
        if (r >= 0)
                r = print_many(&selected, options);
        if (r >= 0)
                r = coverage_print_unresolved(census->unresolved, census->n_unresolved, colors,
                                              options);
        if (r >= 0)
                print_pins(census, options);
        if (r >= 0)
                coverage_print(&coverage);
        return r;
}

static int print_json(const struct census *census, const struct options *options)
{
        json_auto_t *json = json_census(census);

        return json_print(json, options->json);
}

static enum scan_source source_of(const struct options *options)
{
        int source = options->source ? scan_source_from_string(options->source) : SCAN_SOURCE_AUTO;

        return (enum scan_source)MAX(source, 0);
}

int verb_scan(int argc, char **argv, const struct options *options)
{
        _cleanup_(census_freep) struct census *census = NULL;
        struct error error = {};

        if (options->compare && (options->all || options->verdict || options->source))
                return fail_with(EX_USAGE,
                                 "--compare goes with none of --all, --verdict= and --source=");
        if (options->compare)
                return scan_compare(options);
        int r = netns_target_census(options, source_of(options),
                                    !options->all && !options->verdict && options->json == JSON_OFF,
                                    &census, &error);
        if (r == -ENOENT)
                return fail_with(EX_OSERR, "%s", error.text);
        if (r < 0)
                return fail_because(r, &error);
        if (options->json != JSON_OFF)
                return print_json(census, options);
        r = print_census(census, options);
        if (r < 0)
                return fail_because(r, &error);
        if (census->not_bpf[0])
                fprintf(stderr, "This is from procfs, not from BPF: %s.\n", census->not_bpf);
        return EXIT_SUCCESS;
}
