/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "util/pulse.h"

#include <poll.h>
#include <pthread.h>

#include "test-netns.h"

#include "util/clock.h"

/* A call that would wait for long ends, in this thread and in no other, also where all signals are
 * blocked, and none ends any more afterwards. */
static void *waits(void *userdata)
{
        *(int *)userdata = poll(NULL, 0, 400) < 0 ? errno : 0;
        return NULL;
}

static void test_ends_what_waits(void **state)
{
        int other = -1;
        pthread_t thread;
        struct pulse p;
        sigset_t all, before, after;

        (void)sigfillset(&all);
        assert_int_equal(pthread_sigmask(SIG_SETMASK, &all, &before), 0);
        assert_int_equal(pthread_create(&thread, NULL, waits, &other), 0);
        pulse_start(&p);
        assert_true(p.beats);
        for (int i = 0; i < 3; i++) {
                uint64_t start = clock_usec(CLOCK_MONOTONIC);
                assert_int_equal(poll(NULL, 0, 10000), -1);
                assert_int_equal(errno, EINTR);
                assert_true(clock_usec(CLOCK_MONOTONIC) - start < 2 * USEC_PER_SEC);
        }
        pulse_stop(&p);
        assert_int_equal(poll(NULL, 0, 250), 0);
        assert_int_equal(pthread_join(thread, NULL), 0);
        assert_int_equal(other, 0);
        assert_int_equal(pthread_sigmask(SIG_SETMASK, &before, &after), 0);
        for (int i = 1; i < NSIG; i++)
                assert_int_equal(sigismember(&after, i),
                                 i != SIGKILL && i != SIGSTOP && sigismember(&all, i));
}

int main(void)
{
        const struct CMUnitTest tests[] = {cmocka_unit_test(test_ends_what_waits)};
        return cmocka_run_group_tests(tests, NULL, NULL);
}
