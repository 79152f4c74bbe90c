/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "nsorphanctl/explain-remedy.h"

#include <string.h>

#include "inspect/advice.h"
#include "nsorphanctl/netns-target.h"
#include "util/text.h"

/* Of several holders that one command makes let go, only the first has it. */
static bool said_before(const struct inspection *i, size_t k)
{
        const struct process_facts *p = i->held[k].process;

        for (size_t m = 0; m < k; m++)
                if (i->held[m].process && p && advice_is_same(i->held[m].process, p))
                        return true;
        return false;
}

/* The name stands on a line of its own: on that of a command it could be more than a name. */
static void print_release(FILE *f, const struct explain *e, const struct process_facts *p)
{
        const struct advice advice = advice_for(p);
        char span[TEXT_TIMESPAN_MAX];

        fputs("    ", f);
        explain_text_process(f, p);
        if (advice.kind == ADVICE_NONE) {
                fprintf(f, " %s: nothing is advised here.\n", advice.reason);
                return;
        }
        if (p->start_usec && p->start_usec < e->now_usec)
                fprintf(f, ", running for %s",
                        text_format_timespan(span, e->now_usec - p->start_usec));
        _cleanup_free_ char *command = advice_command(&advice, p);
        fprintf(f, ":\n      %s\n", text_or(command, "(out of memory)"));
}

void explain_remedy_print(FILE *f, const struct explain *e)
{
        const struct inspection *i = e->inspection;
        const struct netns_identity *id = &i->netns->id;
        char argument[NETNS_NAME_MAX];

        explain_text_heading(f, e, "What to do");
        if (i->inside) {
                (void)netns_target_format(id, argument);
                fputs("  Look inside, or keep it for later under a name:\n", f);
                fprintf(f, "    nsorphanctl enter %s ip addr\n", argument);
                fprintf(f, "    nsorphanctl pin %s NAME\n", argument);
        }
        fputs("  Make its holders let go; the namespace and all that is in it end with the last "
              "of them:\n",
              f);
        for (size_t k = 0; k < i->n_held; k++)
                if (i->held[k].process && !i->held[k].process->gone && !said_before(i, k))
                        print_release(f, e, i->held[k].process);
        if (netns_holder_count(i->netns) - i->netns->count[HOLDER_UNEXPLAINED] > i->n_held)
                fputs("    (and so on for the holders not listed here)\n", f);
}
