/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Which tasks share an fd table, and how few are compared to find out. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <errno.h>
#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "census/procfs/fd-table-order.h"
#include "util/macro.h"

/* Task N has table N / 10; task 5000 has gone, 6000 may not be asked about. */
static unsigned n_compared;

static int compare(pid_t a, pid_t b)
{
        n_compared++;
        if (a == 5000 || b == 5000)
                return -ESRCH;
        if (a == 6000 || b == 6000)
                return -EPERM;
        return a / 10 == b / 10 ? 0 : a / 10 < b / 10 ? 1 : 2;
}

static void test_each_table_once(void **state)
{
        struct fd_table_order o = {};
        unsigned n_new = 0;

        n_compared = 0;
        /* In an order that is none: 7919 is a prime. */
        for (int i = 0; i < 4000; i++) {
                int r = fd_table_order_add_by(&o, i * 7919 % 4000 + 1, compare);
                assert_in_range(r, 0, 1);
                n_new += (unsigned)r;
        }
        assert_int_equal(n_new, 401);
        assert_int_equal(o.n, 401);
        assert_in_range(n_compared, 4000, 4000 * 10);
        fd_table_order_deinit(&o);
}

static void test_tasks_that_go(void **state)
{
        struct fd_table_order o = {};

        assert_int_equal(fd_table_order_add_by(&o, 10, compare), 1);
        assert_int_equal(fd_table_order_add_by(&o, 5000, compare), -ESRCH);
        assert_int_equal(fd_table_order_add_by(&o, 6000, compare), -EPERM);
        assert_int_equal(fd_table_order_add_by(&o, 11, compare), 0);
        /* One that stood for a table has gone since: the next one stands for it. */
        o.tids[0] = 5000;
        assert_int_equal(fd_table_order_add_by(&o, 11, compare), 1);
        assert_int_equal(o.n, 1);
        assert_int_equal(fd_table_order_add_by(&o, 12, compare), 0);
        fd_table_order_deinit(&o);
}

static int wait_for_the_end(void *userdata)
{
        char byte;
        int *pipes = userdata;

        close(pipes[1]);
        return read(pipes[0], &byte, 1) < 0;
}

static pid_t start(int flags, int pipes[2])
{
        static char stacks[2][16384];
        static unsigned n;

        return clone(wait_for_the_end, stacks[n++ % 2] + sizeof(stacks[0]), flags | SIGCHLD, pipes);
}

static void test_kernel(void **state)
{
        struct fd_table_order o = {};
        int pipes[2];

        assert_return_code(pipe(pipes), errno);
        pid_t other = start(0, pipes);
        assert_return_code(other, errno);
        int r = fd_table_order_add(&o, getpid());
        if (r == -ENOSYS || r == -EPERM || r == -EACCES) {
                close(pipes[1]);
                waitpid(other, NULL, 0);
                skip();
        }
        assert_int_equal(r, 1);
        assert_int_equal(fd_table_order_add(&o, getpid()), 0);
        assert_int_equal(fd_table_order_add(&o, other), 1);
        close(pipes[1]);
        assert_return_code(waitpid(other, NULL, 0), errno);
        assert_int_equal(fd_table_order_add(&o, other), -ESRCH);
        assert_int_equal(fd_table_order_add(&o, getpid()), 0);
        fd_table_order_deinit(&o);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_each_table_once),
                cmocka_unit_test(test_tasks_that_go),
                cmocka_unit_test(test_kernel),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
