/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "nsorphanctl/junit.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "util/macro.h"

static char *written(const struct junit_suite *suite)
{
        char *text;
        size_t n;
        FILE *f = open_memstream(&text, &n);

        assert_non_null(f);
        junit_write(f, suite);
        assert_int_equal(fclose(f), 0);
        assert_int_equal(strlen(text), n);
        return text;
}

static void test_whole(void **state)
{
        static const struct junit_property properties[] = {{"command", "make"}};
        static const struct junit_case cases[] = {
                {.name = "a", .usec = 1234567},
                {.name = "b", .result = JUNIT_FAILED, .message = "m", .text = "l1\nl2\n"},
                {.name = "c", .result = JUNIT_ERROR, .message = "e"},
                {.name = "d", .result = JUNIT_SKIPPED, .message = "s", .output = "o"},
        };
        static const struct junit_suite suite = {"suite", 1795792291000000, properties, 1,
                                                 cases,   ARRAY_SIZE(cases)};
        _cleanup_free_ char *text = written(&suite);

        assert_string_equal(text,
                            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                            "<testsuites>\n"
                            "  <testsuite name=\"suite\" tests=\"4\" failures=\"1\" errors=\"1\" "
                            "skipped=\"1\" time=\"1.234\" timestamp=\"2026-11-27T15:11:31\">\n"
                            "    <properties>\n"
                            "      <property name=\"command\" value=\"make\"/>\n"
                            "    </properties>\n"
                            "    <testcase classname=\"suite\" name=\"a\" time=\"1.234\">\n"
                            "    </testcase>\n"
                            "    <testcase classname=\"suite\" name=\"b\" time=\"0.000\">\n"
                            "      <failure message=\"m\">l1\nl2\n</failure>\n"
                            "    </testcase>\n"
                            "    <testcase classname=\"suite\" name=\"c\" time=\"0.000\">\n"
                            "      <error message=\"e\"/>\n"
                            "    </testcase>\n"
                            "    <testcase classname=\"suite\" name=\"d\" time=\"0.000\">\n"
                            "      <skipped message=\"s\"/>\n"
                            "      <system-out>o</system-out>\n"
                            "    </testcase>\n"
                            "  </testsuite>\n"
                            "</testsuites>\n");
}

/* What becomes of @text in an attribute, and between tags. */
static void assert_escaped(const char *text, const char *attribute, const char *content)
{
        const struct junit_case c = {
                .name = "n", .result = JUNIT_FAILED, .message = text, .text = text};
        const struct junit_suite suite = {"s", 0, NULL, 0, &c, 1};
        _cleanup_free_ char *all = written(&suite);
        char expected[256];

        (void)snprintf(expected, sizeof(expected), "<failure message=\"%s\">%s</failure>",
                       attribute, content);
        if (!strstr(all, expected))
                fail_msg("no %s in %s", expected, all);
}

static void test_escaping(void **state)
{
        static const struct {
                const char *text, *escaped;
        } alike[] = {
                {"a < b && c > \"d\" ]]> 'e'",
                 "a &lt; b &amp;&amp; c &gt; &quot;d&quot; ]]&gt; 'e'"},
                {"\001\033[31m\r\t\177", "\\x01\\x1b[31m\\x0d\\x09\\x7f"},
                {"\u2192 \u21c4 \u00e9 \U0001f600", "\u2192 \u21c4 \u00e9 \U0001f600"},
                /* No UTF-8, too long, surrogates, no characters, too large, cut off. */
                {"\xff\x80", "\\xff\\x80"},
                {"\xc0\xaf", "\\xc0\\xaf"},
                {"\xe0\x80\xaf", "\\xe0\\x80\\xaf"},
                {"\xf0\x80\x80\xaf", "\\xf0\\x80\\x80\\xaf"},
                {"\xed\xa0\x80", "\\xed\\xa0\\x80"},
                {"\xef\xbf\xbe\xef\xbf\xbf\xef\xbf\xbd",
                 "\\xef\\xbf\\xbe\\xef\\xbf\\xbf\xef\xbf\xbd"},
                {"\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80"},
                {"\xf4\x8f\xbf\xbf", "\xf4\x8f\xbf\xbf"},
                {"\xe2\x86", "\\xe2\\x86"},
                {"\xe2", "\\xe2"},
                {"", ""},
        };

        for (size_t i = 0; i < ARRAY_SIZE(alike); i++)
                assert_escaped(alike[i].text, alike[i].escaped, alike[i].escaped);
        assert_escaped("two\nlines", "two&#10;lines", "two\nlines");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_whole),
                cmocka_unit_test(test_escaping),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
