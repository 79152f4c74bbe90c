/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "nsorphanctl/explain-holders.h"

#include <inttypes.h>
#include <string.h>

#include "nsorphanctl/explain-birth.h"
#include "nsorphanctl/explain-group.h"
#include "util/text.h"

static void print_container(FILE *f, const struct container *c)
{
        fputs(c->claimed ? ", by its own account in " : ", in ", f);
        if (c->manager)
                fprintf(f, "the %s container %s", container_manager_title(c->manager),
                        text_or(c->name, "(name unknown)"));
        else if (c->name)
                fprintf(f, "container %s", c->name);
        if (c->pod)
                fprintf(f, "%s pod %s", c->manager || c->name ? " of" : "", c->pod);
}

/* The scope of a container says nothing but its id, once more. */
static bool is_of_container(const char *unit, const struct process_facts *p)
{
        return p->in_container && container_is_id(p->container.name) &&
               strstr(unit, p->container.name);
}

/* "docker-proxy (pid 3530), user root, running for 2h, unit docker.service" */
static void print_who(FILE *f, const struct explain *e, const struct process_facts *p)
{
        char span[TEXT_TIMESPAN_MAX];

        explain_text_process(f, p);
        if (p->gone)
                fputs(", which has ended by now", f);
        if (p->user)
                fprintf(f, ", user %s", p->user);
        else if (p->has_uid)
                fprintf(f, ", user %" PRIu32, (uint32_t)p->uid);
        if (p->start_usec && p->start_usec < e->now_usec)
                fprintf(f, ", running for %s",
                        text_format_timespan(span, e->now_usec - p->start_usec));
        if (p->unit && !is_of_container(p->unit, p))
                fprintf(f, ", unit %s", p->unit);
        if (p->user_unit)
                fprintf(f, ", user unit %s", p->user_unit);
        if (p->in_container)
                print_container(f, &p->container);
        fputs(".\n", f);
}

static void print_more(FILE *f, const struct process_facts *p)
{
        if (p->command_line)
                fprintf(f, "    Command line: %s\n", p->command_line);
        if (p->executable)
                fprintf(f, "    Executable: %s%s\n", p->executable,
                        p->deleted ? " (removed or replaced since)" : "");
        if (p->parent > 0)
                fprintf(f, "    Parent: %s (pid %d)\n", text_or(p->parent_comm, "unknown"),
                        (int)p->parent);
        if (p->cgroup && !p->unit)
                fprintf(f, "    Control group: %s\n", p->cgroup);
}

/* A socket that several processes have open goes only when all of them have closed it. */
static void print_shared(FILE *f, const struct inspection *i)
{
        for (size_t k = 0; k < i->n_held; k++) {
                const struct holder *h = i->held[k].holder;
                bool first = true;
                unsigned n = 0;

                for (size_t m = 0; m < i->n_held && h->socket_inode; m++) {
                        const struct holder *other = i->held[m].holder;
                        if (other->socket_inode != h->socket_inode)
                                continue;
                        first = first && m >= k;
                        n++;
                }
                if (n > 1 && first)
                        fprintf(f,
                                "  Socket %" PRIu64 " is open in %u places: it ends when all of "
                                "them have closed it.\n",
                                h->socket_inode, n);
        }
}

/* The holders stand in order of kind: those of one process are apart. */
static bool is_first_of_process(const struct inspection *i, size_t k)
{
        for (size_t m = 0; m < k; m++)
                if (i->held[m].process == i->held[k].process)
                        return false;
        return true;
}

/* The process of holder @k with all that it holds; or all that no process holds. */
static void print_process(FILE *f, const struct explain *e, size_t k)
{
        const struct inspection *i = e->inspection;
        const struct process_facts *process = i->held[k].process;

        fputs("  ", f);
        if (process) {
                print_who(f, e, process);
                print_more(f, process);
        } else
                fputs("No process.\n", f);
        for (size_t m = k; m < i->n_held; m++)
                if (i->held[m].process == process && explain_group_is_first(i, m))
                        explain_group_print(f, e, m);
}

void explain_holders_print(FILE *f, const struct explain *e)
{
        const struct inspection *i = e->inspection;
        /* What nothing accounts for is told with the references. */
        uint64_t total = netns_holder_count(i->netns) - i->netns->count[HOLDER_UNEXPLAINED];

        explain_text_heading(f, e, "Who holds it, and through what");
        for (size_t k = 0; k < i->n_held; k++)
                if (is_first_of_process(i, k))
                        print_process(f, e, k);
        print_shared(f, i);
        explain_birth_print_unknown(f, e);
        if (total == 0)
                fputs("  Nothing that could be found.\n", f);
        if (total > i->n_held)
                fprintf(f, "  And %" PRIu64 " more holders.\n", total - i->n_held);
}
