/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "nsorphand/newborn.h"
#include "nsorphand/watch-set.h"
#include "test-census.h"

static void test_add_find_remove(void **state)
{
        _cleanup_(watch_set_deinit) struct watch_set s = {};

        for (pid_t tid = 200; tid > 0; tid--)
                assert_int_equal(watch_set_add(&s, tid, (uint64_t)(tid % 10 + 4000)), 0);
        assert_int_equal(s.n, 200);
        for (size_t i = 1; i < s.n; i++) {
                assert_true(s.watches[i - 1].tid < s.watches[i].tid);
                assert_true(s.netns[i - 1] <= s.netns[i]);
        }
        assert_int_equal(watch_set_find(&s, 77)->netns, 4007);
        assert_null(watch_set_find(&s, 201));
        assert_true(watch_set_has_netns(&s, 4009));
        assert_false(watch_set_has_netns(&s, 4010));
        for (pid_t tid = 9; tid <= 200; tid += 10)
                watch_set_remove(&s, tid);
        assert_int_equal(s.n, 180);
        assert_false(watch_set_has_netns(&s, 4009));
        /* A number that was given out again is in another namespace. */
        assert_int_equal(watch_set_add(&s, 10, 5000), 0);
        assert_int_equal(s.n, 180);
        assert_int_equal(watch_set_find(&s, 10)->netns, 5000);
}

static struct holder task(struct process *p, pid_t tid)
{
        return (struct holder){.kind = HOLDER_TASK, .pid = p->pid, .tid = tid, .process = p};
}

static void test_oldest_task_of_each(void **state)
{
        _cleanup_(watch_set_deinit) struct watch_set s = {};
        _cleanup_(census_freep) struct census *c = test_census();
        struct process *young = test_process(c, 100, 900, "young", NULL);
        struct process *old = test_process(c, 300, 800, "old", NULL);

        struct netns *ns = test_netns(c, 4000, 1, VERDICT_ATTACHED);
        test_hold(ns, task(young, 100));
        test_hold(ns, task(old, 301));
        test_hold(ns, task(old, 302));
        test_hold(ns, test_socket(young, 3, 5000));
        ns = test_netns(c, 4001, 2, VERDICT_ATTACHED);
        test_hold(ns, task(young, 101));
        test_orphan(c, 4002, 3, 400);
        assert_int_equal(watch_set_from_census(&s, c), 0);
        assert_int_equal(s.n, 2);
        assert_int_equal(watch_set_find(&s, 301)->netns, 4000);
        assert_int_equal(watch_set_find(&s, 101)->netns, 4001);
        assert_false(watch_set_has_netns(&s, 4002));
}

static void test_over(void **state)
{
        uint64_t netns;
        pid_t child;

        assert_int_equal(watch_set_netns_of(getpid(), &netns), 0);
        assert_false(watch_set_is_over(&(struct watch){getpid(), netns}));
        assert_true(watch_set_is_over(&(struct watch){getpid(), netns + 1}));
        child = fork();
        if (child == 0)
                _exit(0);
        /* A zombie is in no namespace. */
        assert_int_equal(waitid(P_PID, (id_t)child, &(siginfo_t){}, WEXITED | WNOWAIT), 0);
        assert_true(watch_set_is_over(&(struct watch){child, netns}));
        assert_int_equal(waitpid(child, NULL, 0), child);
        assert_true(watch_set_is_over(&(struct watch){child, netns}));
}

struct seen {
        pid_t wanted;
        unsigned n;
};

static int on_newborn(pid_t tid, uint64_t netns, void *userdata)
{
        struct seen *seen = userdata;
        seen->n += tid == seen->wanted;
        return 0;
}

static void test_newborn_are_seen_twice(void **state)
{
        struct newborn n;
        struct seen seen = {};

        assert_int_equal(newborn_start(&n), 0);
        seen.wanted = fork();
        if (seen.wanted == 0) {
                /* Also when an assertion ends us first. */
                (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
                (void)pause();
                _exit(0);
        }
        assert_int_equal(newborn_look(&n, on_newborn, &seen), 1);
        assert_int_equal(seen.n, 1);
        assert_true(newborn_look(&n, on_newborn, &seen) >= 0);
        assert_int_equal(seen.n, 2);
        assert_true(newborn_look(&n, on_newborn, &seen) >= 0);
        assert_int_equal(seen.n, 2);
        assert_int_equal(kill(seen.wanted, SIGKILL), 0);
        assert_int_equal(waitpid(seen.wanted, NULL, 0), seen.wanted);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_add_find_remove),
                cmocka_unit_test(test_oldest_task_of_each),
                cmocka_unit_test(test_over),
                cmocka_unit_test(test_newborn_are_seen_twice),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
