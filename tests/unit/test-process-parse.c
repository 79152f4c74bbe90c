/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "inspect/process-parse.h"

#include "test-netns.h"

static void assert_command_line(const char *bytes, size_t n, const char *text)
{
        _cleanup_free_ char *line = process_parse_command_line(bytes, n);
        assert_string_equal(line, text);
}

static void test_command_line(void **state)
{
        assert_command_line("sleep\0infinity", 14, "sleep infinity");
        assert_command_line("a\0\0b c\0'", 8, "a '' 'b c' ''\\'''");
        assert_command_line("\x1b[31m", 5, "'\\x1b[31m'");
        assert_command_line("$(x)", 4, "'$(x)'");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_command_line),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
