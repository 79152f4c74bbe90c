/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Text from elsewhere: names, numbers, times. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "util/text.h"

static void test_escape(void **state)
{
        static const struct {
                const char *bytes, *escaped;
        } cases[] = {
                {"sleep", "sleep"},
                {"docker proxy", "docker proxy"},
                {"näme €", "näme €"},
                {"a\nb", "a\\x0ab"},
                {"\x1b[31m", "\\x1b[31m"},
                {"back\\slash", "back\\\\slash"},
                {"\x7f", "\\x7f"},
                {"\xff\xfe", "\\xff\\xfe"},
                {"\xc0\x80", "\\xc0\\x80"},                   /* overlong NUL */
                {"\xed\xa0\x80", "\\xed\\xa0\\x80"},          /* a surrogate */
                {"\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80"}, /* beyond Unicode */
                {"\xe2\x82", "\\xe2\\x82"},                   /* cut in the middle */
                {"\xc2\x9b"
                 "31m",
                 "\\xc2\\x9b"
                 "31m"}, /* CSI as one C1 control */
                {"a\xe2\x80\xae"
                 "b",
                 "a\\xe2\\x80\\xae"
                 "b"}, /* right-to-left override */
                {"", ""},
        };

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                _cleanup_free_ char *escaped = text_escape_string(cases[i].bytes);
                assert_string_equal(escaped, cases[i].escaped);
                assert_int_equal(text_unescape(escaped), strlen(cases[i].bytes));
                assert_string_equal(escaped, cases[i].bytes);
        }
        _cleanup_free_ char *nul = text_escape("a\0b", 3);
        assert_string_equal(nul, "a\\x00b");
}

/* @s made of @n times @part, then @end. */
static char *repeat(const char *part, size_t n, const char *end)
{
        char *s = calloc(n + 1, strlen(part) + strlen(end) + 1);

        assert_non_null(s);
        for (size_t i = 0; i < n; i++)
                strcat(s, part);
        return strcat(s, end);
}

static void test_shorten(void **state)
{
        static const char *const parts[] = {"a", "/abc", "\\x01", "\\\\", "€", "a\\xff\\\\ä"};

        assert_null(text_shorten(NULL));
        for (size_t i = 0; i < ARRAY_SIZE(parts); i++)
                for (size_t n = 1; n < 2000; n = n * 3 / 2 + 1) {
                        char *whole = repeat(parts[i], n, "/5/net/tcp");
                        _cleanup_free_ char *s = text_shorten(repeat(parts[i], n, "/5/net/tcp"));
                        assert_non_null(whole);
                        assert_non_null(s);
                        size_t length = strlen(s);
                        assert_true(length <= TEXT_NAME_MAX);
                        assert_string_equal(s + length - 10, "/5/net/tcp");
                        assert_int_equal(text_is_shortened(s), strlen(whole) > TEXT_NAME_MAX);
                        if (strlen(whole) <= TEXT_NAME_MAX)
                                assert_string_equal(s, whole);
                        else
                                assert_true(length > TEXT_NAME_MAX - 16);
                        /* Nothing was cut in two: what was printable still is. */
                        _cleanup_free_ char *again = text_escape_string(s);
                        assert_non_null(again);
                        (void)text_unescape(again);
                        assert_string_equal(again, s);
                        free(whole);
                }
        /* A name that looks as if it had been shortened. */
        _cleanup_free_ char *trick = text_escape_string("a\\…b");
        assert_false(text_is_shortened(trick));
}

static void test_timespan(void **state)
{
        static const struct {
                const char *text;
                uint64_t usec;
        } good[] = {
                {"90", 90 * USEC_PER_SEC},
                {"2min", 120 * USEC_PER_SEC},
                {"2min 30s", 150 * USEC_PER_SEC},
                {"2min30s", 150 * USEC_PER_SEC},
                {" 1.5h ", 5400 * USEC_PER_SEC},
                {"500ms", 500 * USEC_PER_MSEC},
                {"0", 0},
                {"1 d", 86400 * USEC_PER_SEC},
                {"infinity", UINT64_MAX},
        };
        static const char *const bad[] = {
                "",        " ",   "s",    "2 minuets",   "-1",
                "1..5s",   "1e3", "0x10", "infinity 1s", "99999999999999999999s",
                "1000000y"};
        uint64_t usec;

        for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
                assert_int_equal(text_parse_timespan(good[i].text, &usec), 0);
                assert_int_equal(usec, good[i].usec);
        }
        for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
                assert_true(text_parse_timespan(bad[i], &usec) < 0);
}

static void test_format_timespan(void **state)
{
        char buffer[TEXT_TIMESPAN_MAX];

        assert_string_equal(text_format_timespan(buffer, 150 * USEC_PER_SEC), "2min 30s");
        assert_string_equal(text_format_timespan(buffer, 0), "0");
        assert_string_equal(text_format_timespan(buffer, UINT64_MAX), "infinity");
        assert_string_equal(text_format_timespan(buffer, 12345), "12ms 345us");
        assert_string_equal(text_format_timespan(buffer, UINT64_C(90061000000)), "1d 1h");
}

static void test_numbers(void **state)
{
        uint64_t n;

        assert_int_equal(text_parse_u64("18446744073709551615", &n), 0);
        assert_int_equal(n, UINT64_MAX);
        assert_int_equal(text_parse_u64("18446744073709551616", &n), -ERANGE);
        assert_int_equal(text_parse_u64("", &n), -EINVAL);
        assert_int_equal(text_parse_u64("-1", &n), -EINVAL);
        assert_int_equal(text_parse_u64("1 ", &n), -EINVAL);
        assert_int_equal(text_parse_boolean("Yes"), 1);
        assert_int_equal(text_parse_boolean("off"), 0);
        assert_int_equal(text_parse_boolean("maybe"), -EINVAL);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_escape),   cmocka_unit_test(test_shorten),
                cmocka_unit_test(test_timespan), cmocka_unit_test(test_format_timespan),
                cmocka_unit_test(test_numbers),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
