/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "proc/rest.h"

#include <string.h>

#include "test-netns.h"

static struct rest of(const char *text)
{
        return REST_OF(text, strlen(text));
}

static void test_numbers(void **state)
{
        static const struct {
                const char *text;
                unsigned base;
                bool fits;
                uint64_t number;
                const char *left;
        } cases[] = {
                {"12x", 10, true, 12, "x"},
                {"18446744073709551615", 10, true, UINT64_MAX, ""},
                {"18446744073709551616", 10, false, 0, "18446744073709551616"},
                {"ffg", 16, true, 255, "g"},
                {"FF", 16, false, 0, "FF"},
                {"1777777777777777777777", 8, true, UINT64_MAX, ""},
                {"2000000000000000000000", 8, false, 0, "2000000000000000000000"},
                {"8", 8, false, 0, "8"},
                {"-1", 10, false, 0, "-1"},
                {" 1", 10, false, 0, " 1"},
                {"", 10, false, 0, ""},
        };

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                struct rest r = of(cases[i].text);
                uint64_t number = 0;
                assert_int_equal(rest_take_number(&r, cases[i].base, &number), cases[i].fits);
                assert_int_equal(number, cases[i].number);
                assert_true(rest_is(&r, cases[i].left));
        }
}

static void test_texts(void **state)
{
        struct rest r = of("Uid:\t \t7");

        assert_false(rest_take_text(&r, "Gid:"));
        assert_false(rest_take_text(&r, "Uid:\t \t7 "));
        assert_true(rest_take_text(&r, "Uid:"));
        rest_take_blanks(&r);
        assert_true(rest_is(&r, "7"));
        assert_false(rest_is(&r, ""));
        assert_false(rest_is(&r, "77"));
}

static void test_fields_and_lines(void **state)
{
        struct rest r = of("a  b\nc\n\nd"), part;

        assert_true(rest_take_field(&r, &part) && rest_is(&part, "a"));
        assert_true(rest_take_field(&r, &part) && rest_is(&part, ""));
        assert_true(rest_take_line(&r, &part) && rest_is(&part, "b"));
        assert_true(rest_take_line(&r, &part) && rest_is(&part, "c"));
        assert_true(rest_take_line(&r, &part) && rest_is(&part, ""));
        assert_true(rest_take_line(&r, &part) && rest_is(&part, "d"));
        assert_false(rest_take_line(&r, &part));
        assert_false(rest_take_field(&r, &part));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_numbers),
                cmocka_unit_test(test_texts),
                cmocka_unit_test(test_fields_and_lines),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
