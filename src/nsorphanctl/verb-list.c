/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdio.h>
#include <string.h>

#include "nsorphanctl/color.h"
#include "nsorphanctl/connection.h"
#include "nsorphanctl/coverage-text.h"
#include "nsorphanctl/json-print.h"
#include "nsorphanctl/netns-table.h"
#include "nsorphanctl/pager.h"
#include "nsorphanctl/verb.h"
#include "report/json.h"
#include "util/text.h"

static const enum netns_column list_columns[] = {
        COLUMN_NETNS, COLUMN_COOKIE,  COLUMN_VERDICT, COLUMN_STATE,   COLUMN_SINCE, COLUMN_HOLDERS,
        COLUMN_PID,   COLUMN_COMMAND, COLUMN_UNIT,    COLUMN_THROUGH, _COLUMN_MAX};

static int append_namespaces(json_t *parameters, void *userdata)
{
        json_t *all = userdata;
        return json_array_extend(all, json_object_get(parameters, "namespaces")) < 0 ? -ENOMEM : 0;
}

/* What the daemon is asked for. New reference. */
static json_t *list_parameters(const struct options *options)
{
        json_auto_t *o = json_object();
        const char *verdict = options->verdict;

        if (!verdict && !options->all && !options->state)
                verdict = verdict_to_string(VERDICT_ORPHANED);
        if (!o || json_put_string(o, "verdict", verdict) < 0 ||
            json_put_string(o, "state", options->state) < 0)
                return NULL;
        return TAKE_PTR(o);
}

static int print_list(json_t *namespaces, const struct options *options)
{
        bool colors = color_wanted();

        pager_open(options->pager);
        if (json_array_size(namespaces) > 0)
                return netns_table_print(namespaces, list_columns, colors, options);
        if (!options->no_legend)
                printf("No network namespace was found to be %s.\n", options->state ? options->state
                                                                     : options->verdict
                                                                             ? options->verdict
                                                                             : "orphaned");
        return 0;
}

int verb_list(int argc, char **argv, const struct options *options)
{
        _cleanup_(varlink_client_freep) struct varlink_client *client = NULL;
        json_auto_t *namespaces = json_array(), *status = NULL;
        struct error error = {};

        int r = connection_open(&client, options, &error);
        if (r >= 0)
                r = connection_follow(client, "List", list_parameters(options), append_namespaces,
                                      namespaces, &error);
        if (r < 0)
                return verb_fail(r, &error);
        if (options->json != JSON_OFF)
                return json_print(namespaces, options->json);
        r = connection_call(client, "GetStatus", NULL, &status, &error);
        if (r >= 0)
                r = print_list(namespaces, options);
        if (r < 0)
                return verb_fail(r, &error);
        if (!options->no_legend)
                coverage_print(json_object_get(status, "coverage"));
        return EXIT_SUCCESS;
}
