/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "census/procfs/walk-all.h"

#include "census/procfs/bpf-links.h"
#include "census/procfs/fds.h"
#include "census/procfs/in-flight.h"
#include "census/procfs/maps.h"
#include "census/procfs/mount-tasks.h"
#include "census/procfs/mounts.h"
#include "census/procfs/pass.h"
#include "census/procfs/tasks.h"
#include "census/procfs/tour.h"

/* What is done at each process: the walk, whose reads cannot hang. */
static int walk_process(struct visit *v)
{
        builder_coverage(v->walker->builder)->processes++;
        int r = tasks_visit(v);
        return r < 0 ? r : fds_visit(v);
}

static int walk(struct walk *all, struct walker *walkers, unsigned n)
{
        struct walker *first = &walkers[0];
        /* Our own files before any walker has a duplicate among them: it would be called a holder.
         */
        const struct number_list own = {.numbers = all->pids.numbers,
                                        .n = MIN(all->pids.n, (size_t)1)};
        const struct number_list others = {.numbers = all->pids.numbers + own.n,
                                           .n = all->pids.n - own.n};

        /* And the mounts before the files: they say which devices are a bpffs. */
        int r = mounts_visit(first);
        if (r >= 0)
                r = pass_over(&own, walkers, 1, walk_process);
        if (r >= 0)
                r = pass_over(&others, walkers, n, walk_process);
        for (unsigned i = 1; i < n && r >= 0; i++)
                r = walker_merge(first, &walkers[i]);
        if (r >= 0)
                mount_tasks_count_unseen(first);
        if (r >= 0)
                r = in_flight_visit(first);
        /* Reading a memory map waits for its owner's lock: after all that does not wait. */
        if (r >= 0)
                r = pass_over(&all->pids, walkers, n, maps_visit);
        if (r >= 0)
                r = bpf_links_list(first);
        for (unsigned i = 0; i < n && r >= 0; i++)
                exits_count(&walkers[i].exits, all->host->proc_fd, walkers[i].builder);
        for (unsigned i = 1; i < n && r >= 0; i++)
                r = builder_merge(first->builder, walkers[i].builder);
        return r < 0 ? r : proof_emit(&first->proof, all->host->proc_fd, first->builder);
}

int walk_all(struct walk *all, struct builder *b, bool exact)
{
        struct walker walkers[WALKERS_MAX];
        unsigned n;

        int r = walk_begin(all);
        if (r < 0)
                return r;
        r = walkers_init(all, walkers, &n);
        if (r >= 0 && !exact)
                r = tour_namespaces(&all->pids, walkers, n);
        if (r >= 0)
                r = walk(all, walkers, n);
        if (r >= 0)
                r = builder_merge(b, walkers[0].builder);
        walkers_deinit(walkers, n);
        return r;
}
