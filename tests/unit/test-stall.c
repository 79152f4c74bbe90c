/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "census/stall.h"

#include "test-netns.h"

static void test_progress(void **state)
{
        struct stall s;

        stall_begin(&s, 7, 1000);
        assert_int_equal(stall_look(&s, 7, false, 1000), 0);
        assert_int_equal(stall_look(&s, 7, false, 1300), 300);
        assert_int_equal(stall_idle(&s, 1400), 400);
        /* It gets on. */
        assert_int_equal(stall_look(&s, 8, false, 1500), 0);
        assert_int_equal(stall_look(&s, 8, false, 1501), 1);
        /* Another scan may begin where the one before ended, or lower. */
        assert_int_equal(stall_look(&s, 2, false, 1600), 0);
}

static void test_waiting_for_a_cpu_is_no_stall(void **state)
{
        struct stall s;

        stall_begin(&s, 0, 0);
        for (uint64_t now = 100; now < 1000; now += 100)
                assert_int_equal(stall_look(&s, 0, true, now), 0);
        assert_int_equal(stall_look(&s, 0, false, 1000), 100);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_progress),
                cmocka_unit_test(test_waiting_for_a_cpu_is_no_stall),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
