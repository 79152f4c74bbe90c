/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "nsorphanctl/explain-text.h"
#include "nsorphanctl/netns-target.h"
#include "util/text.h"

/* One command that makes one process let go: of several holders in one unit, only the first says
 * it. */
static bool said_before(const struct inspection *i, size_t k)
{
        const struct process_facts *p = i->held[k].process;

        for (size_t m = 0; m < k; m++) {
                const struct process_facts *other = i->held[m].process;
                if (other == p ||
                    (other && p && other->unit && p->unit && strcmp(other->unit, p->unit) == 0))
                        return true;
        }
        return false;
}

static bool is_service(const char *unit)
{
        size_t n = unit ? strlen(unit) : 0;
        return n > 8 && strcmp(unit + n - 8, ".service") == 0;
}

static void print_release(FILE *f, const struct held *held)
{
        const struct process_facts *p = held->process;

        if (!p || p->gone)
                return;
        /* A unit's name may need quotes: those of mounts and devices have backslashes. */
        if (is_service(p->unit)) {
                fprintf(f, "    systemctl restart '%s'\n", p->unit);
                return;
        }
        fprintf(f, "    kill %d        # ends ", (int)p->pid);
        explain_print_process(f, p);
        if (p->unit)
                fprintf(f, ", of %s", p->unit);
        fputc('\n', f);
}

static void print_close(FILE *f, const struct inspection *i)
{
        bool any = false;

        for (size_t k = 0; k < i->n_held; k++) {
                const struct held *held = &i->held[k];
                const struct holder *h = held->holder;

                if ((h->kind != HOLDER_SOCKET && h->kind != HOLDER_TUN) || h->tid != h->pid ||
                    h->fd < 0 || !held->process || held->process->gone)
                        continue;
                if (!any)
                        fputs("  Or, where that must not be, close only what holds it. The program "
                              "does not expect it:\n",
                              f);
                any = true;
                fprintf(f, "    gdb -p %d -batch -ex 'call (int)close(%d)'\n", (int)h->pid, h->fd);
        }
}

void explain_print_remedy(FILE *f, const struct explain *e)
{
        const struct inspection *i = e->inspection;
        const struct netns_identity *id = &i->netns->id;
        char argument[NETNS_NAME_MAX];

        explain_heading(f, e, "What to do");
        if (i->inside) {
                (void)netns_target_format(id, argument);
                fputs("  Look inside, or keep it for later under a name:\n", f);
                fprintf(f, "    nsorphanctl enter %s -- ip addr\n", argument);
                fprintf(f, "    nsorphanctl pin %s NAME\n", argument);
        }
        fputs("  Make its holders let go; the namespace and all that is in it end with the last "
              "of them:\n",
              f);
        for (size_t k = 0; k < i->n_held; k++)
                if (!said_before(i, k))
                        print_release(f, &i->held[k]);
        if (netns_holder_count(i->netns) > i->n_held)
                fputs("    (and so on for the holders not listed here)\n", f);
        print_close(f, i);
}
