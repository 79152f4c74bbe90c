/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "census/patient-scan.h"

#include <poll.h>

#include "census/stall.h"
#include "census/worker.h"
#include "util/clock.h"

/* More blocked processes than these (and ourselves), and the host has other troubles. */
#define SKIP_MAX 9

/* How often progress is looked at in the time it may stand still. */
#define LOOKS 5

/* Waits for @w. 1 when its scan has ended, 0 when it has made no progress for too long, or a
 * negative errno. */
static int wait_for(struct worker *w)
{
        struct pollfd p = {.fd = worker_fd(w), .events = POLLIN};
        struct stall stall;
        uint64_t idle = 0;

        stall_begin(&stall, atomic_load(&worker_progress(w)->beats), clock_usec(CLOCK_MONOTONIC));
        while (idle < PATIENT_SCAN_USEC) {
                int r = poll(&p, 1, (int)(PATIENT_SCAN_USEC / LOOKS / USEC_PER_MSEC));
                if (r > 0)
                        return 1;
                if (r < 0 && errno != EINTR)
                        return negative_errno();
                idle = stall_look(&stall, atomic_load(&worker_progress(w)->beats),
                                  worker_waits_for_cpu(), clock_usec(CLOCK_MONOTONIC));
        }
        return 0;
}

struct patient {
        struct worker *worker; /* NULL: to be started */
        pid_t skip[SKIP_MAX];
        size_t n_skip;
};

/* One attempt. 0 with the census, a negative errno, or 1 with the process it is stuck on. */
static int attempt(struct patient *p, const struct scan_options *options, struct census **ret,
                   pid_t *ret_stuck, struct error *error)
{
        int r = p->worker ? 0 : worker_new(&p->worker, false, error);
        if (r < 0)
                return r;
        r = worker_start(p->worker, options);
        if (r < 0)
                return error_set_errno(error, r, "Failed to start a scan");
        r = wait_for(p->worker);
        if (r < 0)
                return error_set_errno(error, r, "Failed to wait for the scan");
        if (r > 0)
                return worker_take(p->worker, ret, error);

        struct scan_progress *progress = worker_progress(p->worker);
        const char *step = scan_progress_step_text((enum scan_step)atomic_load(&progress->step));
        *ret_stuck = atomic_load(&progress->pid);
        if (*ret_stuck > 0)
                (void)error_set(error, ETIMEDOUT, "The scan is stuck %s process %d", step,
                                *ret_stuck);
        else
                (void)error_set(error, ETIMEDOUT, "The scan is stuck between two processes");
        p->worker = worker_free(p->worker);
        return 1;
}

struct patient *patient_scan_begin(void)
{
        return calloc(1, sizeof(struct patient));
}

struct patient *patient_scan_end(struct patient *p)
{
        if (p)
                worker_free(p->worker);
        free(p);
        return NULL;
}

int patient_scan_next(struct patient *p, const struct scan_options *options, struct census **ret,
                      struct error *error)
{
        struct scan_options without = *options;

        without.skip = p->skip;
        for (;;) {
                pid_t stuck = 0;
                without.n_skip = p->n_skip;
                int r = attempt(p, &without, ret, &stuck, error);
                if (r < 0)
                        p->worker = worker_free(p->worker);
                if (r <= 0)
                        return r;
                if (stuck <= 0 || p->n_skip == SKIP_MAX)
                        return -ETIMEDOUT;
                /* What the one before is stuck with is a duplicate in our own fd table. */
                if (p->n_skip == 0)
                        p->skip[p->n_skip++] = getpid();
                p->skip[p->n_skip++] = stuck;
        }
}

int patient_scan(const struct scan_options *options, struct census **ret, struct error *error)
{
        _cleanup_(patient_scan_endp) struct patient *p = patient_scan_begin();

        return p ? patient_scan_next(p, options, ret, error) : error_oom(error);
}
