/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "census/procfs/walker.h"

#include "proc/dents.h"

int walker_init(struct walker *w, struct walk *walk)
{
        *w = (struct walker){.walk = walk};
        w->builder = builder_new();
        w->dents = malloc(DENTS_BUFFER_SIZE);
        own_init(&w->own, walk->host->proc_fd, &w->n_vanished);
        if (w->builder && w->dents) {
                own_leave_out(&w->own, w->builder);
                return 0;
        }
        walker_deinit(w);
        return -ENOMEM;
}

void walker_deinit(struct walker *w)
{
        builder_free(w->builder);
        free(w->dents);
        free(w->tids.numbers);
        free(w->fd_tables.numbers);
        fd_table_order_deinit(&w->fd_table_order);
        number_set_free(w->zombies);
        own_deinit(&w->own);
        queues_deinit(&w->queues);
        proof_deinit(&w->proof);
        exits_deinit(&w->exits);
}

int walker_merge(struct walker *to, struct walker *from)
{
        int r = builder_merge(to->builder, from->builder);

        for (size_t i = 0; i < from->queues.n && r >= 0; i++)
                r = queues_note(&to->queues, &from->queues.list[i]);
        for (size_t i = 0; i < from->proof.n && r >= 0; i++)
                r = proof_note(&to->proof, &from->proof.tasks[i]);
        from->queues.n = from->proof.n = 0;
        return r;
}

void walker_at(struct walker *w, pid_t pid, enum scan_step step)
{
        atomic_store_explicit(&w->pid, pid, memory_order_relaxed);
        atomic_store_explicit(&w->step, (int)step, memory_order_relaxed);
        scan_progress_at(w->walk->progress, pid, step);
}

bool walker_skips(const struct walker *w, pid_t pid)
{
        return scan_options_skips(w->walk->options, pid);
}
