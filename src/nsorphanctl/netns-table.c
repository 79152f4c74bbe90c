/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "nsorphanctl/netns-table.h"

#include <inttypes.h>
#include <libsmartcols/libsmartcols.h>
#include <stdio.h>
#include <string.h>

#include "census/census.h"
#include "nsorphanctl/ago.h"
#include "nsorphanctl/holder-text.h"
#include "nsorphanctl/json-print.h"
#include "util/clock.h"

const char *netns_name(json_t *netns, char *buffer)
{
        json_t *nameless = json_object_get(netns, "nameless");
        struct netns_identity id = {
                .inode = json_get_u64(netns, "inode"),
                .nameless = {.pid = (pid_t)json_get_u64(nameless, "pid"),
                             .file_inode = json_get_u64(nameless, "fileInode")},
        };
        return netns_identity_format(&id, buffer);
}

/* A number as new text, NULL-safe for the table: "-" where the fact is absent. */
static char *number_text(json_t *object, const char *key)
{
        char *text;
        json_t *value = json_object_get(object, key);

        if (!json_is_integer(value))
                return strdup("-");
        return asprintf(&text, "%" JSON_INTEGER_FORMAT, json_integer_value(value)) < 0 ? NULL
                                                                                       : text;
}

static char *word_text(json_t *object, const char *key)
{
        return strdup(json_get_string(object, key, "-"));
}

static char *name_text(json_t *netns, json_t *holder)
{
        char buffer[NETNS_NAME_MAX];
        return strdup(netns_name(netns, buffer));
}

static char *cookie_text(json_t *netns, json_t *holder)
{
        return number_text(netns, "cookie");
}

static char *verdict_text(json_t *netns, json_t *holder)
{
        char *text;
        const char *verdict = json_get_string(netns, "verdict", "-");

        return asprintf(&text, "%s%s", verdict,
                        json_get_bool(netns, "partial") ? " (partial)" : "") < 0
                       ? NULL
                       : text;
}

static char *state_text(json_t *netns, json_t *holder)
{
        char *text;
        const char *state = json_get_string(netns, "state", "-");

        return asprintf(&text, "%s%s", state, json_get_bool(netns, "ignored") ? " (ignored)" : "") <
                               0
                       ? NULL
                       : text;
}

static char *since_text(json_t *netns, json_t *holder)
{
        char buffer[AGO_MAX];
        uint64_t since = json_get_u64(netns, "sinceUSec");
        return strdup(since ? ago_format(buffer, since, clock_usec(CLOCK_REALTIME)) : "-");
}

static char *count_text(json_t *netns, json_t *holder)
{
        return number_text(netns, "holderCount");
}

static char *pid_text(json_t *netns, json_t *holder)
{
        return number_text(holder, "pid");
}

static char *command_text(json_t *netns, json_t *holder)
{
        return word_text(holder, "comm");
}

static char *unit_text(json_t *netns, json_t *holder)
{
        return word_text(holder, "unit");
}

static char *through_text(json_t *netns, json_t *holder)
{
        return holder ? holder_text(holder) : strdup("-");
}

static const struct {
        const char *name;
        int flags;
        char *(*text)(json_t *netns, json_t *holder); /* new string, NULL when out of memory */
} columns_known[_COLUMN_MAX] = {
        [COLUMN_NETNS] = {"NETNS", 0, name_text},
        [COLUMN_COOKIE] = {"COOKIE", SCOLS_FL_RIGHT, cookie_text},
        [COLUMN_VERDICT] = {"VERDICT", 0, verdict_text},
        [COLUMN_STATE] = {"STATE", 0, state_text},
        [COLUMN_SINCE] = {"SINCE", 0, since_text},
        [COLUMN_HOLDERS] = {"HOLDERS", SCOLS_FL_RIGHT, count_text},
        [COLUMN_PID] = {"PID", SCOLS_FL_RIGHT, pid_text},
        [COLUMN_COMMAND] = {"COMMAND", 0, command_text},
        [COLUMN_UNIT] = {"UNIT", 0, unit_text},
        [COLUMN_THROUGH] = {"THROUGH", 0, through_text},
};

const char *netns_column_name(enum netns_column column)
{
        return columns_known[column].name;
}

static void unref_tablep(struct libscols_table **table)
{
        scols_unref_table(*table);
}

static int table_new(struct libscols_table **ret, const enum netns_column *columns, bool colors,
                     const struct options *options)
{
        _cleanup_(unref_tablep) struct libscols_table *table = scols_new_table();
        if (!table)
                return -ENOMEM;
        scols_table_enable_noheadings(table, options->no_legend);
        scols_table_enable_colors(table, colors);
        /* Never cut: a pager or terminal wraps, and a script wants all of it. */
        scols_table_enable_nowrap(table, 0);
        for (; *columns != _COLUMN_MAX; columns++)
                if (!scols_table_new_column(table, columns_known[*columns].name, 0,
                                            columns_known[*columns].flags))
                        return -ENOMEM;
        *ret = TAKE_PTR(table);
        return 0;
}

/* What should catch the eye, and what needs not. */
static const char *row_color(json_t *netns)
{
        const char *state = json_get_string(netns, "state", "");

        if (json_get_bool(netns, "ignored"))
                return "gray";
        if (strcmp(state, "leaked") == 0)
                return "red";
        return strcmp(json_get_string(netns, "verdict", ""), "orphaned") == 0 ? "yellow" : NULL;
}

static int add_row(struct libscols_table *table, const enum netns_column *columns, json_t *netns,
                   json_t *holder)
{
        struct libscols_line *line = scols_table_new_line(table, NULL);
        if (!line)
                return -ENOMEM;
        for (size_t i = 0; columns[i] != _COLUMN_MAX; i++) {
                char *text = columns_known[columns[i]].text(netns, holder);
                if (!text)
                        return -ENOMEM;
                if (scols_line_refer_data(line, i, text) < 0) {
                        free(text);
                        return -ENOMEM;
                }
        }
        const char *color = row_color(netns);
        return color && scols_line_set_color(line, color) < 0 ? -ENOMEM : 0;
}

int netns_table_print(json_t *namespaces, const enum netns_column *columns, bool colors,
                      const struct options *options)
{
        _cleanup_(unref_tablep) struct libscols_table *table = NULL;
        json_t *netns;
        size_t i;

        int r = table_new(&table, columns, colors, options);
        json_array_foreach(namespaces, i, netns)
                if (r >= 0)
                        r = add_row(table, columns, netns,
                                    json_array_get(json_object_get(netns, "holders"), 0));
        return r < 0 ? r : scols_print_table(table);
}

int holder_table_print(json_t *holders, bool colors, const struct options *options)
{
        static const enum netns_column columns[] = {COLUMN_PID, COLUMN_COMMAND, COLUMN_UNIT,
                                                    COLUMN_THROUGH, _COLUMN_MAX};
        _cleanup_(unref_tablep) struct libscols_table *table = NULL;
        json_t *holder;
        size_t i;

        int r = table_new(&table, columns, colors, options);
        json_array_foreach(holders, i, holder)
                if (r >= 0)
                        r = add_row(table, columns, NULL, holder);
        return r < 0 ? r : scols_print_table(table);
}
