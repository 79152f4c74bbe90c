/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "census/described.h"

#include <stdlib.h>

#include "util/clock.h"

struct described_process {
        struct process *process;
        uint64_t usec; /* when it was read */
};

static void free_items(struct described_process *items, size_t n)
{
        for (size_t i = 0; i < n; i++)
                process_unref(items[i].process);
        free(items);
}

void described_deinit(struct described *d)
{
        free_items(d->items, d->n);
        *d = (struct described){};
}

static int compare_pids(const void *a, const void *b)
{
        const struct described_process *x = a, *y = b;

        return (x->process->pid > y->process->pid) - (x->process->pid < y->process->pid);
}

static const struct described_process *find(const struct described *d, const struct process *p)
{
        struct process key = {.pid = p->pid};
        const struct described_process pkey = {.process = &key};

        if (d->n == 0 || p->start_nsec == 0)
                return NULL;
        const struct described_process *known =
                bsearch(&pkey, d->items, d->n, sizeof(*d->items), compare_pids);
        return known && known->process->start_nsec == p->start_nsec ? known : NULL;
}

static bool is_fresh(const struct described_process *known, uint64_t now_usec)
{
        uint64_t spread = (uint64_t)known->process->pid % 16 * USEC_PER_SEC;

        return now_usec - known->usec < DESCRIBED_USEC + spread;
}

const struct process *described_find(const struct described *d, const struct process *p,
                                     uint64_t now_usec)
{
        const struct described_process *known = find(d, p);

        return known && is_fresh(known, now_usec) ? known->process : NULL;
}

static bool says_starts(const struct census *c)
{
        for (size_t i = 0; i < c->n_processes; i++)
                if (c->processes[i]->start_nsec > 0)
                        return true;
        return c->n_processes == 0;
}

int described_keep(struct described *d, const struct census *c, uint64_t now_usec)
{
        size_t n = 0;

        if (!says_starts(c))
                return 0;
        struct described_process *items = calloc(c->n_processes + 1, sizeof(*items));
        if (!items)
                return -ENOMEM;
        for (size_t i = 0; i < c->n_processes; i++) {
                const struct process *p = c->processes[i];
                const struct described_process *known = find(d, p);
                if (p->start_nsec == 0 || p->gone)
                        continue;
                items[n].usec = known && is_fresh(known, now_usec) ? known->usec : now_usec;
                items[n].process = process_copy(p);
                if (!items[n++].process) {
                        free_items(items, n);
                        return -ENOMEM;
                }
        }
        described_deinit(d);
        *d = (struct described){items, n};
        return 0;
}
