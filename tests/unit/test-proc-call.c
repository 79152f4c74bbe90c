/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "proc/call.h"

#include <string.h>

#include "test-netns.h"

static int parse(const char *text, struct proc_call *ret)
{
        return proc_call_parse(text, strlen(text), ret);
}

static void test_calls(void **state)
{
        struct proc_call c;

        assert_int_equal(parse("running\n", &c), 0);
        assert_int_equal(c.state, PROC_CALL_RUNNING);
        assert_int_equal(parse("0 0x3 0x7ffe0000 0x1 0x0 0x0 0x0 0x7ffe1234 0x7f00\n", &c), 0);
        assert_int_equal(c.state, PROC_CALL_WAITING);
        assert_int_equal(c.number, 0);
        assert_int_equal(c.arguments[0], 3);
        assert_int_equal(c.arguments[1], 0x7ffe0000);
        assert_int_equal(c.arguments[2], 1);
        assert_int_equal(c.stack_pointer, 0x7ffe1234);
        assert_int_equal(parse("-1 0x7ffe1234 0x7f00\n", &c), 0);
        assert_int_equal(c.state, PROC_CALL_OTHER);
        assert_int_equal(c.stack_pointer, 0x7ffe1234);
}

static void test_what_is_none(void **state)
{
        static const char *const texts[] = {
                "",
                "x",
                "-2 0x1 0x2",
                "-1",
                "-1 0x1",
                "0",
                "0 0x1 0x2 0x3 0x4 0x5 0x6 0x7",
                "0 1 2 3 4 5 6 7 8",
                "0 0x1ffffffffffffffff 0x2 0x3 0x4 0x5 0x6 0x7 0x8",
                "99999999999999999999 0x1 0x2 0x3 0x4 0x5 0x6 0x7 0x8",
        };
        struct proc_call c;

        for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
                assert_int_equal(parse(texts[i], &c), -EINVAL);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_calls),
                cmocka_unit_test(test_what_is_none),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
