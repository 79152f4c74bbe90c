/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "census/procfs/walkers.h"

/* Below so many processes a second thread costs more than it brings. */
#define PROCESSES_PER_WALKER 64

int walkers_init(struct walk *walk, struct walker *walkers, unsigned *ret_n)
{
        unsigned allowed = MIN(MAX(walk->options->threads, 1u), (unsigned)WALKERS_MAX);
        unsigned useful = (unsigned)(walk->pids.n / PROCESSES_PER_WALKER) + 1;
        int r = 0;

        for (*ret_n = 0; *ret_n < MIN(allowed, useful) && r >= 0; *ret_n += r >= 0)
                r = walker_init(&walkers[*ret_n], walk);
        return r;
}

void walkers_deinit(struct walker *walkers, unsigned n)
{
        for (unsigned i = 0; i < n; i++)
                walker_deinit(&walkers[i]);
}
