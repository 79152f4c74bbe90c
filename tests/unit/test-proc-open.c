/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "proc/open.h"

#include "proc/stat.h"
#include "recorded-proc.h"
#include "test-child.h"

static void assert_opens(pid_t pid, uint64_t start_ticks, int error)
{
        _cleanup_close_ int fd = proc_open_started(recorded_root, pid, start_ticks);

        if (error)
                assert_int_equal(fd, error);
        else
                assert_true(fd >= 0);
}

static void test_start_times(void **state)
{
        assert_opens(101, 777, 0);
        assert_opens(101, 778, -ESRCH);
        assert_opens(101, 0, -ESRCH);
        assert_opens(202, 888, 0);
        assert_opens(303, 999, 0);
        assert_opens(404, 1, -EINVAL);
        assert_opens(505, 0, -ESRCH);
        assert_opens(606, 0, -EISDIR);
        assert_opens(707, 0, -ESRCH);
        assert_opens(-1, 0, -ESRCH);
}

static void test_directories(void **state)
{
        _cleanup_close_ int lives = proc_open_process(recorded_root, 101);
        _cleanup_close_ int going = proc_open_process(recorded_root, 505);

        assert_true(lives >= 0 && going >= 0);
        assert_true(proc_open_lives(lives));
        assert_false(proc_open_lives(going));
        assert_int_equal(proc_open_process(recorded_root, 707), -ESRCH);
        assert_int_equal(proc_open_process(-EBADF, 101), -EBADF);
}

/* A directory stays that of the process that it was opened for. */
static void test_ends(void **state)
{
        struct proc_stat stat;
        pid_t pid = test_child(NULL);

        _cleanup_close_ int root = proc_open();
        _cleanup_close_ int dir = proc_open_process(root, pid);
        assert_int_equal(proc_stat_read(dir, &stat), 0);
        assert_int_equal(stat.parent, getpid());
        assert_true(proc_open_lives(dir));
        _cleanup_close_ int same = proc_open_started(root, pid, stat.start_ticks);
        assert_true(same >= 0);
        assert_int_equal(proc_open_started(root, pid, stat.start_ticks + 1), -ESRCH);
        test_child_end(pid);
        assert_false(proc_open_lives(dir));
        assert_int_equal(proc_stat_read(dir, &stat), -ESRCH);
        assert_int_equal(proc_open_started(root, pid, stat.start_ticks), -ESRCH);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_start_times),
                cmocka_unit_test(test_directories),
                cmocka_unit_test(test_ends),
        };
        return cmocka_run_group_tests(tests, recorded_proc_make, recorded_proc_remove);
}
