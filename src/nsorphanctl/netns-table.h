/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The tables of the client, made from the same JSON that --json= prints. */

#include <jansson.h>

#include "nsorphanctl/options.h"

enum netns_column {
        COLUMN_NETNS,
        COLUMN_COOKIE,
        COLUMN_VERDICT,
        COLUMN_STATE,
        COLUMN_SINCE,
        COLUMN_HOLDERS,
        COLUMN_PID,
        COLUMN_COMMAND,
        COLUMN_UNIT,
        COLUMN_THROUGH,
        _COLUMN_MAX,
};

/* The header of a column: a stable interface. */
const char *netns_column_name(enum netns_column column);

/* Prints one line for each of @namespaces (an array), with the first holder; the columns end with
 * _COLUMN_MAX. 0 or -ENOMEM. */
int netns_table_print(json_t *namespaces, const enum netns_column *columns, bool colors,
                      const struct options *options);

/* One line for each of @holders, of the same or of unknown namespaces. 0 or -ENOMEM. */
int holder_table_print(json_t *holders, bool colors, const struct options *options);

/* The word for a namespace that scripts and people use: "net:[4026532177]". Buffer of
 * NETNS_NAME_MAX (census.h). */
const char *netns_name(json_t *netns, char *buffer);
