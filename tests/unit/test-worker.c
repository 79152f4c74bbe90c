/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>

#include <cmocka.h>

#include "census/patient-scan.h"
#include "census/worker.h"

static void wait_for(struct worker *w)
{
        struct pollfd p = {.fd = worker_fd(w), .events = POLLIN};
        assert_int_equal(poll(&p, 1, 60000), 1);
}

static void test_one_job_after_the_other(void **state)
{
        const struct scan_options options = {.source = SCAN_SOURCE_PROCFS};
        _cleanup_(worker_freep) struct worker *w = NULL;
        struct error error = {};
        int own = getpriority(PRIO_PROCESS, 0);

        assert_int_equal(worker_new(&w, true, &error), 0);
        for (unsigned i = 0; i < 2; i++) {
                _cleanup_(census_freep) struct census *census = NULL;
                assert_int_equal(worker_take(w, &census, &error), -EAGAIN);
                assert_int_equal(worker_start(w, &options), 0);
                assert_int_equal(worker_start(w, &options), -EBUSY);
                wait_for(w);
                assert_int_equal(worker_take(w, &census, &error), 0);
                assert_true(census->coverage.processes > 0);
                assert_true(atomic_load(&worker_progress(w)->beats) > 0);
        }
        /* It is the thread that is nice, not we. */
        assert_int_equal(getpriority(PRIO_PROCESS, 0), own);
}

/* Freed while it scans: the thread cleans up behind itself. */
static void test_left_behind(void **state)
{
        const struct scan_options options = {.source = SCAN_SOURCE_PROCFS};
        struct worker *w = NULL;
        struct error error = {};

        assert_int_equal(worker_new(&w, false, &error), 0);
        assert_int_equal(worker_start(w, &options), 0);
        assert_null(worker_free(w));
        assert_null(worker_free(NULL));
}

static void test_patient_scan(void **state)
{
        const struct scan_options options = {.source = SCAN_SOURCE_PROCFS};
        _cleanup_(census_freep) struct census *census = NULL;
        struct error error = {};

        assert_int_equal(patient_scan(&options, &census, &error), 0);
        assert_true(census->n_namespaces > 0);
}

static atomic_bool stop;

static void *spin(void *userdata)
{
        while (!atomic_load(&stop))
                ;
        return NULL;
}

static void *block(void *userdata)
{
        char byte;
        (void)!read(*(int *)userdata, &byte, 1);
        return NULL;
}

static void test_waits_for_cpu(void **state)
{
        pthread_t thread;
        int fds[2];

        assert_int_equal(pipe(fds), 0);
        assert_int_equal(pthread_create(&thread, NULL, block, &fds[0]), 0);
        /* The thread may be on its way into the read, and that of another test on its way out. */
        for (unsigned i = 0; worker_waits_for_cpu() && i < 1000; i++)
                (void)usleep(10000);
        assert_false(worker_waits_for_cpu());
        assert_int_equal(write(fds[1], "x", 1), 1);
        assert_int_equal(pthread_join(thread, NULL), 0);

        assert_int_equal(pthread_create(&thread, NULL, spin, NULL), 0);
        assert_true(worker_waits_for_cpu());
        atomic_store(&stop, true);
        assert_int_equal(pthread_join(thread, NULL), 0);
        (void)close(fds[0]);
        (void)close(fds[1]);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_one_job_after_the_other),
                cmocka_unit_test(test_left_behind),
                cmocka_unit_test(test_patient_scan),
                cmocka_unit_test(test_waits_for_cpu),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
