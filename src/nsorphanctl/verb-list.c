/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdio.h>
#include <string.h>

#include "nsorphanctl/by-holder.h"
#include "nsorphanctl/color.h"
#include "nsorphanctl/connection.h"
#include "nsorphanctl/coverage-print.h"
#include "nsorphanctl/decode.h"
#include "nsorphanctl/fail.h"
#include "nsorphanctl/fold.h"
#include "nsorphanctl/json-print.h"
#include "nsorphanctl/list-json.h"
#include "nsorphanctl/netns-table.h"
#include "nsorphanctl/pager.h"
#include "nsorphanctl/verb.h"
#include "report/json.h"
#include "util/text.h"

static const enum netns_column list_columns[] = {
        COLUMN_NETNS, COLUMN_COOKIE,  COLUMN_VERDICT, COLUMN_STATE,   COLUMN_SINCE, COLUMN_HOLDERS,
        COLUMN_PID,   COLUMN_COMMAND, COLUMN_UNIT,    COLUMN_THROUGH, _COLUMN_MAX};

/* The replies, as JSON or decoded: as it is to be printed. */
struct answer {
        json_t *json; /* an array, or NULL */
        struct view_list list;
        struct error *error;
};

static int append_namespaces(json_t *reply, void *userdata)
{
        struct answer *a = userdata;

        if (!a->json)
                return decode_namespaces(reply, &a->list, a->error);
        return json_array_extend(a->json, json_object_get(reply, "namespaces")) < 0 ? -ENOMEM : 0;
}

/* What the daemon is asked for. New reference. */
static json_t *list_parameters(const struct options *options)
{
        json_auto_t *o = json_object();
        const char *verdict = options->verdict;

        if (!verdict && !options->all && !options->state)
                verdict = netns_verdict_to_string(VERDICT_ORPHANED);
        if (!o || json_put_string(o, "verdict", verdict) < 0 ||
            json_put_string(o, "state", options->state) < 0)
                return NULL;
        return TAKE_PTR(o);
}

static int print_by_holder(const struct view_list *list, const struct options *options)
{
        _cleanup_(by_holder_deinit) struct by_holder b = {};

        int r = by_holder_group(list, &b);
        return r < 0 ? r : by_holder_print(&b, options);
}

/* New reference, NULL when out of memory. */
static json_t *json_by_holder(const struct view_list *list)
{
        _cleanup_(by_holder_deinit) struct by_holder b = {};

        return by_holder_group(list, &b) < 0 ? NULL : by_holder_json(&b);
}

static int print_list(const struct view_list *list, const struct options *options)
{
        bool colors = color_wanted();

        (void)fold_start(options->columns);
        pager_open(options->pager);
        if (list->n > 0 && options->by_holder)
                return print_by_holder(list, options);
        if (list->n > 0)
                return netns_table_print(list, list_columns, colors, options);
        if (!options->no_legend)
                printf("No network namespace was found to be %s.\n", options->state ? options->state
                                                                     : options->verdict
                                                                             ? options->verdict
                                                                             : "orphaned");
        return 0;
}

static int print_answer(struct varlink_client *client, const struct view_list *list,
                        const struct options *options, struct error *error)
{
        _cleanup_(view_status_clear) struct view_status status = {};
        json_auto_t *reply = NULL;

        int r = connection_call(client, "GetStatus", NULL, &reply, error);
        if (r >= 0)
                r = decode_status(reply, &status, error);
        if (r >= 0)
                r = print_list(list, options);
        if (r >= 0 && !options->no_legend)
                coverage_print(&status.coverage);
        return r;
}

/* Scans that end between two answers, and so many times that the question is repeated. */
#define ASK_AGAIN_MAX 3

/* The namespaces, with the status of the very scan they are from, unless scans are too short for
 * that. */
static int ask_json(struct varlink_client *client, const struct options *options, struct answer *a,
                    json_t **ret_status)
{
        json_auto_t *status = NULL;
        int r = 0;

        for (unsigned i = 0; r >= 0 && i < ASK_AGAIN_MAX; i++) {
                json_auto_t *before = TAKE_PTR(status);
                if (!before)
                        r = connection_call(client, "GetStatus", NULL, &before, a->error);
                if (a->json)
                        json_array_clear(a->json);
                view_list_clear(&a->list);
                if (r >= 0)
                        r = connection_follow(client, "List", list_parameters(options),
                                              append_namespaces, a, a->error);
                if (r >= 0)
                        r = connection_call(client, "GetStatus", NULL, &status, a->error);
                if (r >= 0 && list_json_is_same_scan(before, status))
                        break;
        }
        if (r >= 0)
                *ret_status = TAKE_PTR(status);
        return r;
}

static int print_json(struct varlink_client *client, const struct options *options,
                      struct error *error)
{
        json_auto_t *namespaces = options->by_holder ? NULL : json_array(), *status = NULL;
        struct answer a = {.json = namespaces, .error = error};

        int r = ask_json(client, options, &a, &status);
        json_auto_t *holders = r >= 0 && !namespaces ? json_by_holder(&a.list) : NULL;
        json_auto_t *json = r < 0        ? NULL
                            : namespaces ? list_json(status, "namespaces", namespaces)
                                         : list_json(status, "holders", holders);
        view_list_clear(&a.list);
        return r < 0 ? fail_because(r, error) : json_print(json, options->json);
}

int verb_list(int argc, char **argv, const struct options *options)
{
        _cleanup_(varlink_client_freep) struct varlink_client *client = NULL;
        struct error error = {};
        struct answer a = {.error = &error};

        int r = connection_open(&client, options, &error);
        if (r >= 0 && options->json != JSON_OFF)
                return print_json(client, options, &error);
        if (r >= 0)
                r = connection_follow(client, "List", list_parameters(options), append_namespaces,
                                      &a, &error);
        if (r >= 0)
                r = print_answer(client, &a.list, options, &error);
        view_list_clear(&a.list);
        return r < 0 ? fail_because(r, &error) : EXIT_SUCCESS;
}
