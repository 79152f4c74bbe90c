/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "nsorphanctl/explain.h"

#include <inttypes.h>

#include "nsorphanctl/ago.h"
#include "nsorphanctl/explain-causes.h"
#include "nsorphanctl/explain-chain.h"
#include "nsorphanctl/explain-holders.h"
#include "nsorphanctl/explain-inside.h"
#include "nsorphanctl/explain-pinned.h"
#include "nsorphanctl/explain-remedy.h"
#include "nsorphanctl/explain-stray.h"
#include "report/history-text.h"
#include "util/text.h"

/* What BPF tells of them. */
static void print_references(FILE *f, const struct netns_references *n)
{
        uint64_t left = n->counted - n->explained;

        if (!n->known)
                return;
        if (left == 0)
                fprintf(f, "The kernel counts %" PRIu64 " reference%s on it; %s named below.\n",
                        n->counted, n->counted == 1 ? "" : "s",
                        n->counted == 1 ? "it is" : "all of them are");
        else
                fprintf(f,
                        "%" PRIu64 " of %" PRIu64 " references that the kernel counts on it %s not "
                        "accounted for: it may be a blocked call, a packet on its way, a device.\n",
                        left, n->counted, left == 1 ? "is" : "are");
}

static void print_what(FILE *f, const struct explain *e)
{
        static const char *const sentences[_VERDICT_MAX] = {
                [VERDICT_ATTACHED] = "is not an orphan: processes are in it",
                [VERDICT_PINNED] = "is pinned: ",
                [VERDICT_ORPHANED] = "is an orphaned network namespace: no process is in it and no "
                                     "path leads to it, and it only goes on because of what is "
                                     "named below",
        };
        const struct netns *ns = e->inspection->netns;
        char name[NETNS_NAME_MAX];

        fputs(netns_identity_format(&ns->id, name), f);
        if (ns->id.cookie)
                fprintf(f, " (cookie %" PRIu64 ")", ns->id.cookie);
        fprintf(f, " %s", sentences[ns->verdict]);
        if (ns->verdict == VERDICT_PINNED)
                explain_pinned_print_what(f, ns);
        fputs(".\n", f);
        explain_stray_print(f, e->inspection);
        if (ns->partial)
                fputs("Not everything on this host could be seen, so something unseen may still "
                      "lead to it: see nsorphanctl scan.\n",
                      f);
        print_references(f, &ns->references);
        if (ns->unseen_reference)
                fputs("The kernel counts a reference to it that was found nowhere.\n", f);
}

/* Whose it was, as the daemon remembers it. */
static void print_whose(FILE *f, const struct explain *e)
{
        char ago[AGO_MAX];

        if (!history_facts_known(&e->history.whose))
                return;
        fputs("It was the network of ", f);
        history_text_print(f, &e->history.whose);
        fprintf(f, ", in which a process was last seen %s.\n",
                ago_format(ago, e->history.last_task_usec, e->now_usec));
}

/* Without the daemon's memory only this can be said: a holder that opened its socket itself has
 * not held it before it was there. */
static void print_since(FILE *f, const struct explain *e)
{
        const struct inspection *i = e->inspection;
        uint64_t oldest = 0;

        explain_text_heading(f, e, "Since when");
        if (e->history.since_usec) {
                fputs("  Seen orphaned since ", f);
                explain_text_time(f, e, e->history.since_usec);
                fputs(".\n", f);
                if (e->history.leaked_usec) {
                        fputs("  Reported as a leak on ", f);
                        explain_text_time(f, e, e->history.leaked_usec);
                        fputs(".\n", f);
                }
                return;
        }
        fputs("  Not known: the daemon does not run, or has not seen it orphaned.\n", f);
        for (size_t k = 0; k < i->n_processes; k++) {
                uint64_t start = i->processes[k]->start_usec;
                if (start && (!oldest || start < oldest))
                        oldest = start;
        }
        if (oldest) {
                fputs("  Its oldest holder was started on ", f);
                explain_text_time(f, e, oldest);
                fputs(".\n", f);
        }
}

void explain_print(FILE *f, const struct explain *e)
{
        if (e->inspection->netns->verdict != VERDICT_ATTACHED)
                explain_chain_print(f, e);
        print_what(f, e);
        if (e->inspection->netns->verdict != VERDICT_ATTACHED)
                print_whose(f, e);
        if (e->inspection->netns->verdict == VERDICT_ORPHANED)
                print_since(f, e);
        explain_holders_print(f, e);
        explain_inside_print(f, e);
        if (e->inspection->netns->verdict == VERDICT_PINNED)
                explain_pinned_print(f, e);
        if (e->inspection->netns->verdict == VERDICT_ATTACHED)
                explain_stray_print_cause(f, e);
        if (e->inspection->netns->verdict != VERDICT_ORPHANED)
                return;
        explain_causes_print(f, e, true);
        explain_remedy_print(f, e);
}
