/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "proc/comm.h"

#include "recorded-proc.h"

static void assert_comm(const char *path, const char *expected)
{
        _cleanup_close_ int dir = recorded_open(path);
        _cleanup_free_ char *comm = NULL;

        assert_int_equal(proc_comm_read(dir, &comm), 0);
        assert_string_equal(comm, expected);
}

static void test_recorded(void **state)
{
        _cleanup_close_ int none = recorded_open("505");
        char *comm = NULL;

        assert_comm("101", "sleep");
        assert_comm("202", ") S 1 (\\x0a");
        assert_comm("404", "cut");
        assert_comm("606", "");
        assert_int_equal(proc_comm_read(none, &comm), -ENOENT);
        assert_null(comm);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_recorded),
        };
        return cmocka_run_group_tests(tests, recorded_proc_make, recorded_proc_remove);
}
