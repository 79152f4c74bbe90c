/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "proc/status.h"

#include <string.h>

#include "recorded-proc.h"

static struct proc_status parsed(const char *text)
{
        struct proc_status s = PROC_STATUS_INIT;

        for (const char *line = text; *line;) {
                size_t n = strcspn(line, "\n");
                proc_status_take(&s, line, n);
                line += n + (line[n] != '\0');
        }
        return s;
}

static void test_exiting(void **state)
{
        static const struct {
                const char *text;
                bool is_exiting;
        } cases[] = {
                {"Name:\tx\nState:\tD (disk sleep)\nFDSize:\t0\nGroups:\t0\n", true},
                /* A worker of vhost. */
                {"State:\tS (sleeping)\nFDSize:\t0\nVmPeak:\t9 kB\nVmSize:\t9 kB\n", false},
                {"State:\tZ (zombie)\nFDSize:\t0\n", false},
                {"State:\tX (dead)\nFDSize:\t0\n", false},
                {"State:\tS (sleeping)\nFDSize:\t64\n", false},
                {"State:\tS (sleeping)\n", false},
                {"", false},
        };

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                const struct proc_status s = parsed(cases[i].text);
                assert_int_equal(proc_status_is_exiting(&s), cases[i].is_exiting);
        }
}

static void test_signals(void **state)
{
        struct proc_status s = parsed("SigPnd:\t0000000000000200\nSigBlk:\t0\n");

        assert_true(proc_status_has_signal(&s));
        s = parsed("SigPnd:\t0000000000000000\nShdPnd:\t0000000000000200\n"
                   "SigBlk:\t0000000000000200\n");
        assert_int_equal(s.sig_pending, 0x200);
        assert_int_equal(s.sig_blocked, 0x200);
        assert_false(proc_status_has_signal(&s));
        s = parsed("SigPnd:\tx\nSigBlk:\t\n");
        assert_false(proc_status_has_signal(&s));
}

static void test_filters(void **state)
{
        struct proc_status s = parsed("TracerPid:\t812\nSeccomp:\t2\nSeccomp_filters:\t1\n"
                                      "x86_Thread_features:\tshstk wrss \n");

        assert_int_equal(s.tracer, 812);
        assert_int_equal(s.seccomp, 2);
        assert_true(s.has_shadow_stack);
        s = parsed("TracerPid:\t0\nSeccomp:\t0\nx86_Thread_features:\t\n"
                   "x86_Thread_features_locked:\tshstk\n");
        assert_int_equal(s.tracer, 0);
        assert_int_equal(s.seccomp, 0);
        assert_false(s.has_shadow_stack);
}

static void test_pids(void **state)
{
        struct proc_status s =
                parsed("NSpid:\t1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 "
                       "26 27 28 29 30 31 32 33 34 35");

        assert_int_equal(s.n_pids, PROC_STATUS_PIDS_MAX);
        assert_int_equal(s.pids[32], 33);
        assert_int_equal(parsed("NSpid:\t1\tx").n_pids, 1);
        assert_int_equal(parsed("NSpid:\t1\t2147483648\t3").n_pids, 1);
        assert_int_equal(parsed("NSpid:").n_pids, 0);
}

static void test_numbers(void **state)
{
        assert_true(parsed("Uid:\t4294967294\t0").has_uid);
        assert_false(parsed("Uid:\t4294967296\t0").has_uid);
        assert_false(parsed("Uid:\t-1\t0").has_uid);
        assert_false(parsed("Uid:").has_uid);
        assert_false(parsed("xUid:\t7").has_uid);
        assert_int_equal(parsed("Threads:\tmany").threads, 0);
        assert_int_equal(parsed("State:").state, '\0');
}

static struct proc_status recorded(const char *path)
{
        _cleanup_close_ int dir = recorded_open(path);
        struct proc_status s;

        assert_int_equal(proc_status_read(dir, &s), 0);
        return s;
}

static void test_recorded(void **state)
{
        struct proc_status s = recorded("101");

        assert_int_equal(s.state, 'S');
        assert_true(s.has_uid && s.uid == 1000);
        assert_int_equal(s.threads, 2);
        assert_int_equal(s.n_pids, 3);
        assert_int_equal(s.pids[1], 17);
        assert_true(s.has_files && s.has_memory);
        s = recorded("101/task/102");
        assert_true(proc_status_is_exiting(&s));
        assert_false(s.has_uid);
        /* Not what its name says. */
        s = recorded("202");
        assert_true(s.has_uid && s.uid == 1002);
        s = recorded("303");
        assert_true(s.has_uid && s.uid == 0);
        assert_false(proc_status_is_exiting(&s));
        assert_false(recorded("404").has_uid);
        assert_false(recorded("606").has_uid);

        _cleanup_close_ int dir = recorded_open("505");
        assert_int_equal(proc_status_read(dir, &s), -ESRCH);
}

/* A process may be in 65,536 groups: nothing before them or behind them is lost. */
static void test_many_groups(void **state)
{
        static const char begin[] =
                "State:\tS (sleeping)\nUid:\t1000\t1000\nFDSize:\t64\nGroups:\t";
        static const char end[] = "\nVmSize:\t9 kB\nThreads:\t3\n";
        size_t n_groups = (size_t)65536 * 11, n = strlen(begin);
        char *text = malloc(n + n_groups + sizeof(end));

        assert_non_null(text);
        memcpy(text, begin, n);
        for (size_t i = 0; i < n_groups; i += 11)
                memcpy(text + n + i, "4294967294 ", 11);
        memcpy(text + n + n_groups, end, strlen(end));
        recorded_write("505/status", text, n + n_groups + strlen(end));
        free(text);
        const struct proc_status s = recorded("505");
        assert_true(s.has_uid && s.uid == 1000);
        assert_true(s.has_memory);
        assert_int_equal(s.threads, 3);
        recorded_remove("505/status");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_exiting),     cmocka_unit_test(test_pids),
                cmocka_unit_test(test_signals),     cmocka_unit_test(test_filters),
                cmocka_unit_test(test_numbers),     cmocka_unit_test(test_recorded),
                cmocka_unit_test(test_many_groups),
        };
        return cmocka_run_group_tests(tests, recorded_proc_make, recorded_proc_remove);
}
