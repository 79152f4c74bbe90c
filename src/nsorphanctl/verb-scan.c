/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "nsorphanctl/color.h"
#include "nsorphanctl/coverage-text.h"
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

/* The namespaces of @census that the options ask for. New reference, NULL when out of memory. */
static json_t *select_namespaces(json_t *census, const struct options *options)
{
        json_auto_t *selected = json_array();
        const char *wanted = options->verdict ? options->verdict
                             : options->all   ? NULL
                                              : verdict_to_string(VERDICT_ORPHANED);
        json_t *netns;
        size_t i;

        json_array_foreach(json_object_get(census, "namespaces"), i, netns) {
                if (wanted && strcmp(json_get_string(netns, "verdict", ""), wanted) != 0)
                        continue;
                if (json_array_append(selected, netns) < 0)
                        return NULL;
        }
        return TAKE_PTR(selected);
}

static int print_census(json_t *census, const struct options *options)
{
        bool colors = color_wanted();
        json_auto_t *selected = select_namespaces(census, options);
        if (!selected)
                return -ENOMEM;
        pager_open(options->pager);
        if (json_array_size(selected) > 0) {
                int r = netns_table_print(selected, scan_columns, colors, options);
                if (r < 0)
                        return r;
        } else if (!options->no_legend)
                printf("No network namespace was found to be %s.\n",
                       text_or(options->verdict, "orphaned"));
        return unresolved_print(json_object_get(census, "unresolved"), colors, options);
}

static enum scan_source source_of(const struct options *options)
{
        int source = options->source ? scan_source_from_string(options->source) : SCAN_SOURCE_AUTO;

        return (enum scan_source)MAX(source, 0);
}

int verb_scan(int argc, char **argv, const struct options *options)
{
        _cleanup_(census_freep) struct census *census = NULL;
        json_auto_t *json = NULL;
        struct error error = {};

        if (options->compare && (options->all || options->verdict || options->source))
                return verb_fail_with(
                        EX_USAGE, "--compare goes with none of --all, --verdict= and --source=");
        if (options->compare)
                return scan_compare(options);
        int r = netns_scan(options, source_of(options),
                           !options->all && !options->verdict && options->json == JSON_OFF, &census,
                           &error);
        if (r == -ENOENT)
                return verb_fail_with(EX_OSERR, "%s", error.text);
        if (r < 0)
                return verb_fail(r, &error);
        json = json_census(census);
        if (!json)
                return verb_fail(-ENOMEM, &error);
        if (options->json != JSON_OFF)
                return json_print(json, options->json);
        r = print_census(json, options);
        if (r < 0)
                return verb_fail(r, &error);
        coverage_print(json_object_get(json, "coverage"));
        if (census->not_bpf[0])
                fprintf(stderr, "BPF can not be used, so this is from procfs: %s.\n",
                        census->not_bpf);
        return EXIT_SUCCESS;
}
