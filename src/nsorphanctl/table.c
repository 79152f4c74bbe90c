/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "nsorphanctl/table.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "nsorphanctl/ago.h"
#include "nsorphanctl/fold.h"
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
        *ret = table;
        return 0;
}

/* What is printed of @table without regard to any terminal. New string, or NULL. */
static char *render(struct libscols_table *table)
{
        char *text = NULL;

        return scols_print_table_to_string(table, &text) < 0 ? NULL : text;
}

static bool fits(const char *text, size_t columns)
{
        while (*text) {
                size_t length = strcspn(text, "\n");

                if (fold_width(text, length) > columns)
                        return false;
                text += length + (text[length] == '\n');
        }
        return true;
}

static const char *cell_of(struct libscols_table *table, size_t line, size_t column)
{
        struct libscols_line *l = scols_table_get_line(table, line);
        struct libscols_cell *cell = l ? scols_line_get_cell(l, column) : NULL;

        return text_or(cell ? scols_cell_get_data(cell) : NULL, "-");
}

/* "    unit vpn.service, through socket fd 4", of the columns from @first on; nothing for cells in
 * which there is nothing. */
static void print_rest(struct libscols_table *table, size_t line, size_t first)
{
        const char *before = "    ";

        for (size_t i = first; i < scols_table_get_ncols(table); i++) {
                struct libscols_column *column = scols_table_get_column(table, i);
                const char *name = scols_cell_get_data(scols_column_get_header(column));
                const char *data = cell_of(table, line, i);

                if (strcmp(data, "-") == 0)
                        continue;
                fputs(before, stdout);
                for (; name && *name; name++)
                        putchar(tolower((unsigned char)*name));
                printf(" %s", data);
                before = ", ";
        }
        if (*before == ',')
                putchar('\n');
}

/* Lines of the columns that fit, each followed by what the others have. */
static void print_split(struct libscols_table *table, const char *text, size_t n_columns,
                        bool headings)
{
        size_t line = 0;

        while (*text) {
                size_t length = strcspn(text, "\n");

                printf("%.*s\n", (int)length, text);
                if (!headings)
                        print_rest(table, line++, n_columns);
                headings = false;
                text += length + (text[length] == '\n');
        }
}

int table_print(struct libscols_table *table, const struct options *options)
{
        size_t n = scols_table_get_ncols(table);

        if (options->columns == 0)
                return scols_print_table(table);
        (void)scols_table_set_termforce(table, SCOLS_TERMFORCE_NEVER);
        char *text = render(table);
        while (text && n > 1 && !fits(text, options->columns)) {
                struct libscols_column *last = scols_table_get_column(table, --n);

                free(text);
                (void)scols_column_set_flags(last, scols_column_get_flags(last) | SCOLS_FL_HIDDEN);
                text = render(table);
        }
        if (!text)
                return -ENOMEM;
        print_split(table, text, n, !options->no_legend);
        free(text);
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
