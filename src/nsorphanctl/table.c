/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "nsorphanctl/table.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "nsorphanctl/ago.h"
#include "util/clock.h"
#include "util/text.h"

void table_unrefp(struct libscols_table **table)
{
        scols_unref_table(*table);
}

int table_new(struct libscols_table **ret, bool colors, const struct options *options)
{
        struct libscols_table *table = scols_new_table();

        if (!table)
                return -ENOMEM;
        scols_table_enable_noheadings(table, options->no_legend);
        scols_table_enable_colors(table, colors);
        scols_table_enable_nowrap(table, 0);
        *ret = table;
        return 0;
}

int table_set(struct libscols_line *line, size_t i, char *text)
{
        if (text && scols_line_refer_data(line, i, text) >= 0)
                return 0;
        free(text);
        return -ENOMEM;
}

char *table_number(uint64_t number)
{
        char *text;

        if (number == 0)
                return strdup("-");
        return asprintf(&text, "%" PRIu64, number) < 0 ? NULL : text;
}

char *table_text(const char *s)
{
        return strdup(text_or(s, "-"));
}

char *table_ago(uint64_t realtime_usec)
{
        char buffer[AGO_MAX];

        return strdup(realtime_usec ? ago_format(buffer, realtime_usec, clock_usec(CLOCK_REALTIME))
                                    : "-");
}
