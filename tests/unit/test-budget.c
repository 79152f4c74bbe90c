/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* How much of a scan's time a process and a user may take, and whose turn is next. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "census/procfs/budget.h"

static void test_users(void **state)
{
        struct budget *b = budget_new();

        assert_non_null(b);
        assert_true(budget_admits(b, 1000));
        assert_int_equal(budget_charge(b, 1000, BUDGET_USER_USEC - 1), 0);
        assert_true(budget_admits(b, 1000));
        /* What is next to nothing is nothing: there are many who need that. */
        assert_int_equal(budget_charge(b, 1000, BUDGET_FREE_USEC - 1), 0);
        assert_true(budget_admits(b, 1000));
        assert_int_equal(budget_charge(b, 1000, BUDGET_FREE_USEC), 0);
        assert_false(budget_admits(b, 1000));
        assert_true(budget_admits(b, 1001));
        /* Root's processes are as many as root will have. */
        assert_int_equal(budget_charge(b, 0, 10 * BUDGET_USER_USEC), 0);
        assert_true(budget_admits(b, 0));
        budget_begin(b);
        assert_true(budget_admits(b, 1000));
        budget_free(b);
}

static void test_what_was_left_comes_first(void **state)
{
        struct budget *b = budget_new();

        assert_non_null(b);
        budget_begin(b);
        assert_int_equal(budget_first(b), 0);
        assert_int_equal(budget_resume(b, 7).tid, 0);
        assert_int_equal(budget_leave(b, 7, &(struct budget_place){8, 4098}), 0);
        assert_int_equal(budget_leave(b, 12, &(struct budget_place){}), 0);
        assert_int_equal(budget_leave(b, 11, &(struct budget_place){}), 0);
        /* It is the next walk's. */
        assert_int_equal(budget_first(b), 0);
        assert_int_equal(budget_resume(b, 7).tid, 0);
        budget_begin(b);
        assert_int_equal(budget_first(b), 11);
        assert_int_equal(budget_resume(b, 7).tid, 8);
        assert_int_equal(budget_resume(b, 7).fd, 4098);
        assert_int_equal(budget_resume(b, 11).tid, 0);
        budget_begin(b);
        assert_int_equal(budget_first(b), 0);
        assert_int_equal(budget_resume(b, 7).tid, 0);
        budget_free(b);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_users),
                cmocka_unit_test(test_what_was_left_comes_first),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
