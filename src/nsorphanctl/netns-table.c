/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "nsorphanctl/netns-table.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "nsorphanctl/table.h"
#include "report/holder-text.h"

static char *name_text(const struct view_netns *ns, const struct holder *h)
{
        char buffer[NETNS_NAME_MAX];
        return strdup(netns_identity_format(&ns->id, buffer));
}

static char *cookie_text(const struct view_netns *ns, const struct holder *h)
{
        return table_number(ns->id.cookie);
}

static char *verdict_text(const struct view_netns *ns, const struct holder *h)
{
        char *text;

        return asprintf(&text, "%s%s", netns_verdict_to_string(ns->verdict),
                        ns->partial ? " (partial)" : "") < 0
                       ? NULL
                       : text;
}

static char *state_text(const struct view_netns *ns, const struct holder *h)
{
        const char *state =
                ns->state == LEDGER_NONE ? "-" : ledger_entry_state_to_string(ns->state);
        char *text;

        return asprintf(&text, "%s%s", state, ns->ignored ? " (ignored)" : "") < 0 ? NULL : text;
}

static char *since_text(const struct view_netns *ns, const struct holder *h)
{
        return table_ago(ns->since_usec);
}

static char *count_text(const struct view_netns *ns, const struct holder *h)
{
        char *text;

        return asprintf(&text, "%" PRIu64, ns->n_holders_total) < 0 ? NULL : text;
}

static char *pid_text(const struct view_netns *ns, const struct holder *h)
{
        return table_number(h ? (uint64_t)h->pid : 0);
}

static char *command_text(const struct view_netns *ns, const struct holder *h)
{
        return table_text(h ? holder_comm(h) : NULL);
}

static char *unit_text(const struct view_netns *ns, const struct holder *h)
{
        return table_text(h ? holder_unit(h) : NULL);
}

static char *through_text(const struct view_netns *ns, const struct holder *h)
{
        return h ? holder_text(h, HOLDER_TEXT_CELL) : strdup("-");
}

static const struct {
        const char *name;
        int flags;
        /* New string, NULL when out of memory. */
        char *(*text)(const struct view_netns *ns, const struct holder *h);
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

const char *netns_table_column_name(enum netns_column column)
{
        return columns_known[column].name;
}

static int new_table(struct libscols_table **ret, const enum netns_column *columns, bool colors,
                     const struct options *options)
{
        _cleanup_(table_unrefp) struct libscols_table *table = NULL;

        int r = table_new(&table, colors, options);
        for (; r >= 0 && *columns != _COLUMN_MAX; columns++)
                if (!scols_table_new_column(table, columns_known[*columns].name, 0,
                                            columns_known[*columns].flags))
                        r = -ENOMEM;
        if (r >= 0)
                *ret = TAKE_PTR(table);
        return r;
}

/* What should catch the eye, and what needs not. */
static const char *row_color(const struct view_netns *ns)
{
        if (ns->ignored)
                return "gray";
        if (ns->state == LEDGER_LEAKED)
                return "red";
        return ns->verdict == VERDICT_ORPHANED ? "yellow" : NULL;
}

/* @ns is NULL where no column is about it. */
static int add_row(struct libscols_table *table, const enum netns_column *columns,
                   const struct view_netns *ns, const struct holder *h)
{
        struct libscols_line *line = scols_table_new_line(table, NULL);
        int r = line ? 0 : -ENOMEM;

        for (size_t i = 0; r >= 0 && columns[i] != _COLUMN_MAX; i++)
                r = table_set(line, i, columns_known[columns[i]].text(ns, h));
        if (r < 0)
                return r;
        const char *color = ns ? row_color(ns) : NULL;
        return color && scols_line_set_color(line, color) < 0 ? -ENOMEM : 0;
}

int netns_table_print(const struct view_list *list, const enum netns_column *columns, bool colors,
                      const struct options *options)
{
        _cleanup_(table_unrefp) struct libscols_table *table = NULL;

        int r = new_table(&table, columns, colors, options);
        for (size_t i = 0; r >= 0 && i < list->n; i++) {
                const struct view_netns *ns = &list->namespaces[i];
                r = add_row(table, columns, ns, ns->n_holders > 0 ? &ns->holders[0] : NULL);
        }
        return r < 0 ? r : table_print(table, options);
}

int netns_table_print_holders(const struct holder *holders, size_t n, bool colors,
                              const struct options *options)
{
        static const enum netns_column columns[] = {COLUMN_PID, COLUMN_COMMAND, COLUMN_UNIT,
                                                    COLUMN_THROUGH, _COLUMN_MAX};
        _cleanup_(table_unrefp) struct libscols_table *table = NULL;

        int r = new_table(&table, columns, colors, options);
        for (size_t i = 0; r >= 0 && i < n; i++)
                r = add_row(table, columns, NULL, &holders[i]);
        return r < 0 ? r : table_print(table, options);
}
