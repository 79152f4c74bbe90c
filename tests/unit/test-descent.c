/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "nsorphanctl/descent.h"

#include <sys/prctl.h>
#include <sys/wait.h>

#include "recorded-proc.h"

#include "proc/open.h"
#include "proc/stat.h"

static void test_recorded(void **state)
{
        /* 303 is of 202, which is of 101, which is of 1. */
        static const pid_t above[] = {202, 101, 1};

        for (size_t i = 0; i < ARRAY_SIZE(above); i++)
                assert_true(descent_is_from(recorded_root, 303, 999, above[i]));
        assert_true(descent_is_from(recorded_root, 202, 888, 101));
        assert_false(descent_is_from(recorded_root, 101, 777, 202));
        assert_false(descent_is_from(recorded_root, 303, 999, 4711));
        /* Nobody comes from itself, and another one that has the number now is another one. */
        assert_false(descent_is_from(recorded_root, 303, 999, 303));
        assert_false(descent_is_from(recorded_root, 303, 998, 202));
        assert_false(descent_is_from(recorded_root, 303, 0, 202));
        for (pid_t bad = 404; bad <= 707; bad += 101)
                assert_false(descent_is_from(recorded_root, bad, 0, 1));
        assert_false(descent_is_from(recorded_root, 0, 0, 0));
        assert_false(descent_is_from(recorded_root, -1, 0, 1));
}

static void test_a_circle_ends(void **state)
{
        static const char a[] = "808 (a) S" RECORDED_STAT("809", "1"),
                          b[] = "809 (b) S" RECORDED_STAT("808", "1");

        assert_int_equal(mkdirat(recorded_root, "808", 0755), 0);
        assert_int_equal(mkdirat(recorded_root, "809", 0755), 0);
        recorded_write("808/stat", a, strlen(a));
        recorded_write("809/stat", b, strlen(b));
        assert_false(descent_is_from(recorded_root, 808, 1, 101));
        assert_true(descent_is_from(recorded_root, 808, 1, 808));
        recorded_remove("808/stat");
        recorded_remove("809/stat");
        recorded_remove("808");
        recorded_remove("809");
}

/* A child, and one of it that outlives it and is in a session of its own. Returns the latter. */
static pid_t fork_orphan(int end_fd)
{
        int told[2];
        pid_t orphan = 0;

        assert_int_equal(pipe(told), 0);
        pid_t child = fork();
        if (child == 0) {
                pid_t grandchild = fork();
                if (grandchild == 0) {
                        char byte;
                        (void)setsid();
                        _exit(read(end_fd, &byte, 1) == 0 ? 0 : 1);
                }
                (void)!write(told[1], &grandchild, sizeof(grandchild));
                _exit(0);
        }
        assert_true(child > 0);
        assert_int_equal(read(told[0], &orphan, sizeof(orphan)), sizeof(orphan));
        assert_int_equal(waitpid(child, NULL, 0), child);
        (void)close(told[0]);
        (void)close(told[1]);
        return orphan;
}

static void test_what_has_lost_its_parent(void **state)
{
        _cleanup_close_ int proc = proc_open();
        struct proc_stat stat;
        int end[2];

        assert_int_equal(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
        assert_int_equal(pipe2(end, O_CLOEXEC), 0);
        pid_t orphan = fork_orphan(end[0]);
        assert_int_equal(proc_stat_of(proc, orphan, &stat), 0);
        assert_true(descent_is_from(proc, orphan, stat.start_ticks, getpid()));
        assert_false(descent_is_from(proc, getppid(), stat.start_ticks, getpid()));
        (void)close(end[0]);
        /* The orphan has a copy of both ends. */
        assert_int_equal(kill(orphan, SIGKILL), 0);
        (void)close(end[1]);
        assert_int_equal(waitpid(orphan, NULL, 0), orphan);
        assert_false(descent_is_from(proc, orphan, stat.start_ticks, getpid()));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_recorded),
                cmocka_unit_test(test_a_circle_ends),
                cmocka_unit_test(test_what_has_lost_its_parent),
        };
        return cmocka_run_group_tests(tests, recorded_proc_make, recorded_proc_remove);
}
