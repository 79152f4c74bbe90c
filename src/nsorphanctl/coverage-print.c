/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "nsorphanctl/coverage-print.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "nsorphanctl/fold.h"
#include "nsorphanctl/netns-table.h"
#include "util/text.h"

static void print_reason(const char *reason, size_t columns)
{
        char *line;
        int n = asprintf(&line, "The view was partial%s%s.", reason ? ": " : "",
                         text_or(reason, ""));

        if (n < 0)
                return;
        fold_line(stderr, line, (size_t)n, columns);
        fputc('\n', stderr);
        free(line);
}

void coverage_print(const struct view_coverage *coverage)
{
        size_t columns = fold_columns(STDERR_FILENO);

        if (coverage->complete)
                return;
        /* The table first: the note is about it. */
        (void)fflush(stdout);
        if (coverage->reasons.n == 0)
                print_reason(NULL, columns);
        for (size_t i = 0; i < coverage->reasons.n; i++)
                print_reason(coverage->reasons.list[i], columns);
}

int coverage_print_unresolved(const struct holder *unresolved, size_t n, bool colors,
                              const struct options *options)
{
        if (n == 0)
                return 0;
        if (!options->no_legend)
                printf("\nHolders whose namespace cannot be determined (it may be one that nothing "
                       "else leads to):\n");
        return netns_table_print_holders(unresolved, n, colors, options);
}
