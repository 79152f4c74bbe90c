/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "nsorphanctl/explain-remedy.h"

#include <string.h>

#include "inspect/advice.h"
#include "inspect/release-guard.h"
#include "inspect/silence.h"
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

/* How many orphans the process has a hand in. */
static size_t count_held(const struct explain *e, const struct process_facts *p)
{
        size_t n = 0;

        for (size_t i = 0; i < e->census->n_namespaces; i++) {
                const struct netns *ns = &e->census->namespaces[i];
                size_t k = 0;

                if (ns->verdict != VERDICT_ORPHANED)
                        continue;
                while (k < ns->n_holders && ns->holders[k].pid != p->pid)
                        k++;
                n += k < ns->n_holders;
        }
        return n;
}

/* The name stands on a line of its own: on that of a command it could be more than a name. */
static void print_release(FILE *f, const struct explain *e, const struct process_facts *p)
{
        const struct advice advice = advice_for(p);
        char span[TEXT_TIMESPAN_MAX];
        size_t n = count_held(e, p);

        fputs("    ", f);
        explain_text_process(f, p);
        if (advice.kind == ADVICE_NONE) {
                fprintf(f, " %s: nothing is advised here.\n", advice.reason);
                return;
        }
        if (p->start_usec && p->start_usec < e->now_usec)
                fprintf(f, ", running for %s",
                        text_format_timespan(span, e->now_usec - p->start_usec));
        if (n > 1)
                fprintf(f, ", holds %zu orphaned namespaces", n);
        _cleanup_free_ char *command = advice_command(&advice, p);
        fprintf(f, "; %s:\n", advice_affected(&advice, p));
        explain_text_command(f, e, 6, "%s", text_or(command, "(out of memory)"));
}

static bool is_asked(const struct inspection *i, size_t k)
{
        return i->held[k].process && !i->held[k].process->gone && !said_before(i, k);
}

static void print_releases(FILE *f, const struct explain *e)
{
        const struct inspection *i = e->inspection;

        fputs("  Make its holders let go; the namespace and all that is in it end with the last "
              "of them:\n",
              f);
        for (size_t k = 0; k < i->n_held; k++)
                if (is_asked(i, k))
                        print_release(f, e, i->held[k].process);
        if (netns_holder_count(i->netns) - i->netns->count[HOLDER_UNEXPLAINED] > i->n_held)
                fputs("    (and so on for the holders not listed here)\n", f);
}

static bool is_asked_of(const struct process_facts *p)
{
        return p && !p->gone && !advice_vital(p);
}

/* A process that is nobody's service comes back by itself only if somebody thought of that. */
static bool ends_processes(const struct inspection *i)
{
        for (size_t k = 0; k < i->n_held; k++)
                if (is_asked(i, k) && advice_for(i->held[k].process).kind == ADVICE_END_PROCESS)
                        return true;
        return false;
}

/* The verb refuses what may not be an orphan. */
static void print_silence(FILE *f, const struct explain *e, const char *argument)
{
        const struct inspection *i = e->inspection;
        _cleanup_(silence_deinit) struct silence s = {};
        size_t n_inside = 0;

        if (i->netns->partial || silence_plan(&i->netns->id, i->inside, &s) < 0)
                return;
        if (s.n_links == 0) {
                fputs("  No interface is up but for its loopback, so nothing of it answers on the "
                      "network.\n",
                      f);
                return;
        }
        for (size_t k = 0; k < s.n_links; k++)
                n_inside += !s.links[k].far;
        fprintf(f,
                "  Take it off the wire; its addresses answer no more, its holders run on, and %s "
                "inside changes:\n",
                n_inside == 0 ? "nothing" : "but for the interface nothing");
        explain_text_command(f, e, 4, "nsorphanctl silence %s", argument);
        fputs("  and back, with nothing lost:\n", f);
        explain_text_command(f, e, 4, "nsorphanctl silence --undo %s", argument);
}

static void print_look(FILE *f, const struct explain *e, const char *argument)
{
        fputs("  Look inside, which nobody notices:\n", f);
        explain_text_command(f, e, 4, "nsorphanctl enter %s ip addr", argument);
        fputs("  Keep it for later under a name, also when its holders have let go:\n", f);
        explain_text_command(f, e, 4, "nsorphanctl pin %s NAME", argument);
}

/* One line for each file: of the same socket, the first. */
static bool is_released(const struct inspection *i, size_t k)
{
        const struct holder *h = i->held[k].holder;

        if (!is_asked_of(i->held[k].process) || release_guard_kind(h))
                return false;
        for (size_t m = 0; m < k; m++)
                if (h->socket_inode && i->held[m].holder->socket_inode == h->socket_inode)
                        return false;
        return true;
}

/* How many files are named one by one. */
#define RELEASED_MAX 3

/* The verb looks closer, shows what it finds, and asks. */
static void print_letting_go(FILE *f, const struct explain *e, const char *argument)
{
        const struct inspection *i = e->inspection;
        const char *option = i->netns->verdict == VERDICT_PINNED ? " --unnamed" : "";
        size_t n = 0;

        for (size_t k = 0; k < i->n_held; k++)
                n += is_released(i, k);
        if (n == 0 || i->netns->partial || !e->can_release)
                return;
        fprintf(f,
                "  Have a process close %s, and run on; what it would do with %s fails then%s:\n",
                n == 1 ? "one file" : "files one by one", n == 1 ? "the file" : "them",
                n > RELEASED_MAX ? "; this lists them" : "");
        if (n > RELEASED_MAX) {
                explain_text_command(f, e, 4, "nsorphanctl release%s %s", option, argument);
                return;
        }
        for (size_t k = 0; k < i->n_held; k++)
                if (is_released(i, k))
                        explain_text_command(f, e, 4, "nsorphanctl release%s --holder=%d:%d %s",
                                             option, (int)i->held[k].holder->pid,
                                             i->held[k].holder->fd, argument);
}

/* In the order of least harm. */
void explain_remedy_print(FILE *f, const struct explain *e)
{
        const struct inspection *i = e->inspection;
        bool last = ends_processes(i);
        char argument[NETNS_NAME_MAX];

        explain_text_heading(f, e, "What to do");
        (void)netns_target_format(&i->netns->id, argument);
        if (i->inside)
                print_silence(f, e, argument);
        if (!last) {
                print_letting_go(f, e, argument);
                print_releases(f, e);
        }
        if (i->inside)
                print_look(f, e, argument);
        if (last) {
                print_letting_go(f, e, argument);
                print_releases(f, e);
        }
}
