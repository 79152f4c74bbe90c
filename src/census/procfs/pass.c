/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "census/procfs/pass.h"

#include <pthread.h>

/* One pass over all processes, by several threads that take the next pid when they are done. */
struct pass {
        const struct number_list *pids;
        int (*visit)(struct visit *v);
        _Atomic size_t next;
        _Atomic int result;
        struct walker *walkers;
        unsigned n_walkers;
};

struct pass_thread {
        struct pass *pass;
        struct walker *walker;
        pthread_t thread;
};

/* When one walker is done, a watcher wants to know where the others are. */
static void publish_others(struct pass *pass, struct walker *done)
{
        struct scan_progress *p = done->walk->progress;

        atomic_store(&done->pid, 0);
        for (unsigned i = 0; i < pass->n_walkers; i++) {
                int pid = atomic_load(&pass->walkers[i].pid);
                if (pid != 0) {
                        atomic_store(&p->pid, pid);
                        atomic_store(&p->step, atomic_load(&pass->walkers[i].step));
                }
        }
}

static int pass_visit(struct pass *pass, struct walker *w, pid_t pid)
{
        struct visit v;

        int r = visit_init(&v, w, pid);
        if (r <= 0)
                return r;
        r = pass->visit(&v);
        visit_deinit(&v);
        return r;
}

static void *pass_run(void *userdata)
{
        struct pass_thread *t = userdata;
        struct pass *pass = t->pass;
        struct scan_progress *progress = t->walker->walk->progress;

        while (atomic_load(&pass->result) >= 0) {
                size_t i = atomic_fetch_add(&pass->next, 1);
                if (i >= pass->pids->n)
                        break;
                int r = atomic_load(&progress->cancel)
                                ? -ECANCELED
                                : pass_visit(pass, t->walker, (pid_t)pass->pids->numbers[i]);
                if (r < 0)
                        atomic_store(&pass->result, r);
        }
        publish_others(pass, t->walker);
        return NULL;
}

int pass_over(const struct number_list *pids, struct walker *walkers, unsigned n_walkers,
              int (*visit)(struct visit *v))
{
        struct pass pass = {
                .pids = pids, .visit = visit, .walkers = walkers, .n_walkers = n_walkers};
        struct pass_thread threads[WALKERS_MAX];
        unsigned n_started = 1;

        for (unsigned i = 0; i < n_walkers; i++)
                threads[i] = (struct pass_thread){.pass = &pass, .walker = &walkers[i]};
        while (n_started < n_walkers &&
               pthread_create(&threads[n_started].thread, NULL, pass_run, &threads[n_started]) == 0)
                n_started++;
        (void)pass_run(&threads[0]);
        for (unsigned i = 1; i < n_started; i++)
                pthread_join(threads[i].thread, NULL);
        return atomic_load(&pass.result);
}
