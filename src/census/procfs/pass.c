/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "census/procfs/pass.h"

#include <pthread.h>
#include <sched.h>

#include "util/clock.h"
#include "util/pulse.h"

/* CPU time for which a walker may go on before it lets others have the CPU. Shorter than a time
 * slice, and not as short as most visits: on a host with no CPU to spare, each turn that is given
 * up costs a time slice of all others. */
#define TURN_USEC 1000

struct side {
        int (*run)(struct walker *w, void *userdata);
        void *userdata;
        struct walker *walkers;
        unsigned n_walkers;
        _Atomic int result;
};

struct side_thread {
        struct side *side;
        struct walker *walker;
        pthread_t thread;
};

/* When one walker is done, a watcher wants to know where the others are. */
static void publish_others(struct side *side, struct walker *done)
{
        struct scan_progress *p = done->walk->progress;

        atomic_store(&done->pid, 0);
        for (unsigned i = 0; i < side->n_walkers; i++) {
                int pid = atomic_load(&side->walkers[i].pid);
                if (pid != 0) {
                        atomic_store(&p->pid, pid);
                        atomic_store(&p->step, atomic_load(&side->walkers[i].step));
                }
        }
}

static void *side_main(void *userdata)
{
        struct side_thread *t = userdata;
        struct pulse pulse;
        int none = 0;

        pulse_start(&pulse);
        int r = t->side->run(t->walker, t->side->userdata);
        pulse_stop(&pulse);
        if (r < 0)
                (void)atomic_compare_exchange_strong(&t->side->result, &none, r);
        publish_others(t->side, t->walker);
        return NULL;
}

int pass_side_by_side(struct walker *walkers, unsigned n_walkers,
                      int (*run)(struct walker *w, void *userdata), void *userdata)
{
        struct side side = {
                .run = run, .userdata = userdata, .walkers = walkers, .n_walkers = n_walkers};
        struct side_thread threads[WALKERS_MAX];
        unsigned n_started = 1;

        for (unsigned i = 0; i < n_walkers; i++)
                threads[i] = (struct side_thread){.side = &side, .walker = &walkers[i]};
        while (n_started < n_walkers && pthread_create(&threads[n_started].thread, NULL, side_main,
                                                       &threads[n_started]) == 0)
                n_started++;
        (void)side_main(&threads[0]);
        for (unsigned i = 1; i < n_started; i++)
                pthread_join(threads[i].thread, NULL);
        return atomic_load(&side.result);
}

/* @began: CPU time of this thread when its turn began. */
static void yield_after_turn(uint64_t *began)
{
        uint64_t now = clock_usec(CLOCK_THREAD_CPUTIME_ID);

        if (now - *began < TURN_USEC)
                return;
        (void)sched_yield();
        *began = now;
}

int pass_take(struct pass_share *s, struct walker *w,
              int (*fn)(struct walker *w, size_t i, void *userdata), void *userdata)
{
        const bool yields = w->walk->options->yields;
        uint64_t began = yields ? clock_usec(CLOCK_THREAD_CPUTIME_ID) : 0;
        int r = 0;

        while (r >= 0 && !atomic_load(&s->failed)) {
                size_t i = atomic_fetch_add(&s->next, 1);
                if (i >= s->n)
                        break;
                r = atomic_load(&w->walk->progress->cancel) ? -ECANCELED : fn(w, i, userdata);
                if (yields)
                        yield_after_turn(&began);
        }
        if (r < 0)
                atomic_store(&s->failed, true);
        return MIN(r, 0);
}

struct each {
        struct pass_share share;
        int (*fn)(struct walker *w, size_t i, void *userdata);
        void *userdata;
};

static int each_run(struct walker *w, void *userdata)
{
        struct each *e = userdata;

        return pass_take(&e->share, w, e->fn, e->userdata);
}

int pass_each(size_t n, struct walker *walkers, unsigned n_walkers,
              int (*fn)(struct walker *w, size_t i, void *userdata), void *userdata)
{
        struct each each = {.share = {.n = n}, .fn = fn, .userdata = userdata};

        return pass_side_by_side(walkers, n_walkers, each_run, &each);
}

struct pass {
        const struct number_list *pids;
        int (*visit)(struct visit *v);
};

static int pass_visit(struct walker *w, size_t i, void *userdata)
{
        const struct pass *pass = userdata;
        struct visit v;

        int r = visit_init(&v, w, (pid_t)pass->pids->numbers[i]);
        if (r <= 0)
                return r;
        r = pass->visit(&v);
        visit_deinit(&v);
        return r;
}

int pass_over(const struct number_list *pids, struct walker *walkers, unsigned n_walkers,
              int (*visit)(struct visit *v))
{
        return pass_each(pids->n, walkers, n_walkers, pass_visit, &(struct pass){pids, visit});
}
