/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The tables of the client. */

#include "nsorphanctl/options.h"
#include "nsorphanctl/view.h"

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
const char *netns_table_column_name(enum netns_column column);

/* Prints one line for each of @list, with the first holder; the columns end with _COLUMN_MAX. 0 or
 * -ENOMEM. */
int netns_table_print(const struct view_list *list, const enum netns_column *columns, bool colors,
                      const struct options *options);

/* One line for each of the @n holders, of the same or of unknown namespaces. 0 or -ENOMEM. */
int netns_table_print_holders(const struct holder *holders, size_t n, bool colors,
                              const struct options *options);
