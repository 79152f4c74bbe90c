/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "nsorphanctl/coverage-print.h"

#include <stdio.h>

#include "nsorphanctl/netns-table.h"

void coverage_print(const struct view_coverage *coverage)
{
        if (coverage->complete)
                return;
        /* The table first: the note is about it. */
        (void)fflush(stdout);
        if (coverage->reasons.n == 0)
                fputs("The view was partial.\n", stderr);
        for (size_t i = 0; i < coverage->reasons.n; i++)
                fprintf(stderr, "The view was partial: %s.\n", coverage->reasons.list[i]);
}

int coverage_print_unresolved(const struct holder *unresolved, size_t n, bool colors,
                              const struct options *options)
{
        if (n == 0)
                return 0;
        if (!options->no_legend)
                printf("\nHolders whose namespace could not be told (it may be one that nothing "
                       "else leads to):\n");
        return netns_table_print_holders(unresolved, n, colors, options);
}
