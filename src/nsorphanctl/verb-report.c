/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdio.h>

#include "nsorphanctl/bundle.h"
#include "nsorphanctl/fail.h"
#include "nsorphanctl/verb.h"

int verb_report(int argc, char **argv, const struct options *options)
{
        struct error error = {};

        if (geteuid() != 0)
                return fail_with(EX_NOPERM, "Only root can see enough of this host for a report");
        int r = bundle_write(argv[0], options, &error);
        if (r < 0)
                return fail_because(r, &error);
        if (!options->no_legend)
                printf("Wrote %s. It has names of processes, units and containers in it: look through it "
                       "before you give it to others.\n",
                       argv[0]);
        return EXIT_SUCCESS;
}
