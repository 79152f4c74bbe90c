/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "nsorphanctl/explain-causes.h"

#include <string.h>

#include "util/text.h"

static const char *name_of(const struct held *held)
{
        return text_or(held->process ? held->process->comm : NULL, "holder");
}

/* Whether no holder before @k has its cause; with @same_name none of a process of its name. */
static bool is_first_with_cause(const struct inspection *i, size_t k, bool same_name)
{
        for (size_t m = 0; m < k; m++)
                if (i->held[m].cause == i->held[k].cause &&
                    (!same_name || strcmp(name_of(&i->held[m]), name_of(&i->held[k])) == 0))
                        return false;
        return true;
}

/* Those that @cause is named for: "ztunnel, envoy". */
static void print_names(FILE *f, const struct inspection *i, const struct cause *cause)
{
        unsigned n = 0;

        for (size_t k = 0; k < i->n_held && n < EXPLAIN_LIST_MAX; k++)
                if (i->held[k].cause == cause && is_first_with_cause(i, k, true))
                        fprintf(f, "%s%s", n++ > 0 ? ", " : "  ", name_of(&i->held[k]));
}

void explain_causes_print(FILE *f, const struct explain *e, bool heading)
{
        const struct inspection *i = e->inspection;
        for (size_t k = 0; k < i->n_held; k++) {
                const struct cause *cause = i->held[k].cause;

                if (!cause || !is_first_with_cause(i, k, false))
                        continue;
                if (heading)
                        explain_text_heading(f, e, "Likely cause");
                heading = false;
                print_names(f, i, cause);
                fprintf(f, ": %s\n    %s.\n    %s.\n", cause->name, cause->summary, cause->remedy);
        }
}
