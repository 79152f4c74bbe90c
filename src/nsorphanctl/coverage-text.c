/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "nsorphanctl/coverage-text.h"

#include <stdio.h>

#include "nsorphanctl/json-print.h"
#include "nsorphanctl/netns-table.h"

void coverage_print(json_t *coverage)
{
        json_t *reasons = json_object_get(coverage, "reasons"), *reason;
        size_t i;

        if (json_get_bool(coverage, "complete"))
                return;
        /* The table first: the note is about it. */
        (void)fflush(stdout);
        if (json_array_size(reasons) == 0)
                fputs("The view was partial.\n", stderr);
        json_array_foreach(reasons, i, reason)
                fprintf(stderr, "The view was partial: %s.\n", json_string_value(reason));
}

int unresolved_print(json_t *unresolved, bool colors, const struct options *options)
{
        if (json_array_size(unresolved) == 0)
                return 0;
        if (!options->no_legend)
                printf("\nHolders whose namespace could not be told (it may be one that nothing "
                       "else leads to):\n");
        return holder_table_print(unresolved, colors, options);
}
