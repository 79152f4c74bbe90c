/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "inspect/netns-pin.h"

#include <string.h>

#include "test-netns.h"

static void test_pin_names(void **state)
{
        static const char *const good[] = {"a", "blue", "a.b", "x y", "\303\266"};
        static const char *const bad[] = {"", ".", "..", "a/b", "/", "-a", "a\nb", "\x1b", "a\\b"};
        char longest[257];

        for (size_t i = 0; i < ARRAY_SIZE(good); i++)
                assert_int_equal(netns_pin_check_name(good[i], NULL), 0);
        for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
                assert_int_equal(netns_pin_check_name(bad[i], NULL), -EINVAL);
        memset(longest, 'x', 256);
        longest[256] = '\0';
        assert_int_equal(netns_pin_check_name(longest, NULL), -ENAMETOOLONG);
        longest[255] = '\0';
        assert_int_equal(netns_pin_check_name(longest, NULL), 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_pin_names),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
