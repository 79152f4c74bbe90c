/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "proc/stat.h"

#include <string.h>

#include "recorded-proc.h"

static void test_lines(void **state)
{
        /* A name may hold anything, also what looks like the end of it. */
        static const char *const names[] = {"sleep", "a b", "x) S 1 (y", "))))", "\n", ""};
        static const char *const bad[] = {"42 (sleep) S 1 2 3",
                                          "42 (sleep)",
                                          "42 (sleep) ",
                                          "no name",
                                          "",
                                          "42 (x)S" RECORDED_STAT("1", "777"),
                                          "42 (x) S" RECORDED_STAT("-1", "777"),
                                          "42 (x) S" RECORDED_STAT("2147483648", "777"),
                                          "42 (x) S" RECORDED_STAT("1", "18446744073709551616"),
                                          "42 (x) S" RECORDED_STAT("1", "x"),
                                          "42 (x)  " RECORDED_STAT("1", "777")};
        struct proc_stat stat;

        for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
                char line[256];
                (void)snprintf(line, sizeof(line), "42 (%s) S" RECORDED_STAT("812", "777"),
                               names[i]);
                assert_int_equal(proc_stat_parse(line, strlen(line), &stat), 0);
                assert_int_equal(stat.state, 'S');
                assert_int_equal(stat.parent, 812);
                assert_int_equal(stat.start_ticks, 777);
        }
        for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
                assert_int_equal(proc_stat_parse(bad[i], strlen(bad[i]), &stat), -EINVAL);
}

static void test_stack_start(void **state)
{
        static const char whole[] = "42 (x) S" RECORDED_STAT("812", "777");
        static const char shown[] =
                "7 (cat) R 1 7 1 34816 7 4194304 94 0 0 0 0 0 0 0 20 0 1 0 8115 5 248 "
                "18446744073709551615 94008 94012 140727384590160 0 0 0 0 0 0 0 0 0 17 0 0 0 0\n";
        static const char cut[] = "1 (x) S 1 1 1 0 -1 0 1 1 1 1 1 1 1 1 20 0 1 0 9 8";
        struct proc_stat stat;

        assert_int_equal(proc_stat_parse(whole, strlen(whole), &stat), 0);
        assert_int_equal(stat.stack_start, 12);
        assert_int_equal(proc_stat_parse(shown, strlen(shown), &stat), 0);
        assert_int_equal(stat.start_ticks, 8115);
        assert_int_equal(stat.stack_start, UINT64_C(140727384590160));
        /* Not shown, or cut. */
        assert_int_equal(proc_stat_parse(cut, strlen(cut), &stat), 0);
        assert_int_equal(stat.stack_start, 0);
}

static void test_stops_at_every_byte(void **state)
{
        static const char line[] = "42 (x) S" RECORDED_STAT("812", "777");
        const char *start = strstr(line, "777");
        struct proc_stat stat;

        for (size_t n = 0; n <= strlen(line); n++)
                assert_int_equal(proc_stat_parse(line, n, &stat),
                                 line + n > start + strlen("777 ") ? 0 : -EINVAL);
}

static void assert_stat(const char *path, char process_state, pid_t parent, uint64_t start_ticks)
{
        _cleanup_close_ int dir = recorded_open(path);
        struct proc_stat stat;

        assert_int_equal(proc_stat_read(dir, &stat), 0);
        assert_int_equal(stat.state, process_state);
        assert_int_equal(stat.parent, parent);
        assert_int_equal(stat.start_ticks, start_ticks);
}

static void assert_none(const char *path, int error)
{
        _cleanup_close_ int dir = recorded_open(path);
        struct proc_stat stat;

        assert_int_equal(proc_stat_read(dir, &stat), error);
}

static void test_recorded(void **state)
{
        struct proc_stat stat;
        char many[8192];

        assert_stat("101", 'S', 1, 777);
        assert_stat("101/task/102", 'R', 1, 780);
        assert_stat("202", 'R', 101, 888);
        assert_stat("303", 'Z', 202, 999);
        assert_none("404", -EINVAL);
        assert_none("505", -ESRCH);
        assert_none("606", -EISDIR);
        assert_int_equal(proc_stat_of(recorded_root, 202, &stat), 0);
        assert_int_equal(stat.start_ticks, 888);
        assert_int_equal(proc_stat_of(recorded_root, 505, &stat), -ESRCH);
        assert_int_equal(proc_stat_of(recorded_root, 707, &stat), -ESRCH);
        memset(many, 'x', sizeof(many));
        recorded_write("505/stat", many, sizeof(many));
        assert_none("505", -EFBIG);
        recorded_remove("505/stat");
}

static void test_ours(void **state)
{
        _cleanup_close_ int dir = open("/proc/self", O_PATH | O_DIRECTORY | O_CLOEXEC);
        struct proc_stat stat;

        assert_int_equal(proc_stat_read(dir, &stat), 0);
        assert_int_equal(stat.state, 'R');
        assert_int_equal(stat.parent, getppid());
        assert_true(stat.start_ticks > 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_lines),
                cmocka_unit_test(test_stack_start),
                cmocka_unit_test(test_stops_at_every_byte),
                cmocka_unit_test(test_recorded),
                cmocka_unit_test(test_ours),
        };
        return cmocka_run_group_tests(tests, recorded_proc_make, recorded_proc_remove);
}
