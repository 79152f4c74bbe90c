/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "nsorphanctl/fold.h"

#include <locale.h>
#include <stdlib.h>
#include <string.h>

#include "test-netns.h"

static void assert_folded(const char *line, size_t columns, const char *expected)
{
        char *text = NULL;
        size_t size;
        FILE *f = open_memstream(&text, &size);

        assert_non_null(f);
        fold_line(f, line, strlen(line), columns);
        assert_int_equal(fclose(f), 0);
        assert_string_equal(text, expected);
        free(text);
}

static void test_what_fits_is_left_alone(void **state)
{
        assert_folded("", 20, "");
        assert_folded("as long as the line", 19, "as long as the line");
        assert_folded("  as long as it is", 0, "  as long as it is");
}

static void test_at_the_last_space(void **state)
{
        assert_folded("as long as the line", 18, "as long as the\nline");
        assert_folded("one two three four five", 8, "one two\nthree\nfour\nfive");
        /* The space that is folded at takes no room. */
        assert_folded("one two three", 7, "one two\nthree");
}

static void test_more_to_the_right(void **state)
{
        assert_folded("  one two three four", 12, "  one two\n    three\n    four");
        assert_folded("   Last scan: 3min ago, took 12ms, or more than that, who knows", 40,
                      "   Last scan: 3min ago, took 12ms, or\n              more than that, who "
                      "knows");
        /* No room for that. */
        assert_folded("        one two", 13, "        one\ntwo");
}

static void test_words_are_whole(void **state)
{
        assert_folded("a /path/that/is/longer/than/the/line b", 20,
                      "a\n/path/that/is/longer/than/the/line\nb");
        assert_folded("      /path/that/is/longer/than/the/line", 20,
                      "      /path/that/is/longer/than/the/line");
}

static void test_what_is_pasted_is_whole(void **state)
{
        assert_folded(FOLD_KEEP "    docker restart 3548483c105b", 20,
                      "    docker restart 3548483c105b");
}

static void test_columns_are_no_bytes(void **state)
{
        if (!setlocale(LC_CTYPE, "C.UTF-8"))
                skip();
        assert_folded("\033[1maa\033[0m bb cc", 8, "\033[1maa\033[0m bb cc");
        assert_folded("→→ ⇄⇄ ää", 8, "→→ ⇄⇄ ää");
        assert_folded("→→ ⇄⇄ ää", 7, "→→ ⇄⇄\nää");
        /* Two columns each. */
        assert_folded("網路 網路", 8, "網路\n網路");
        /* No UTF-8 at all. */
        assert_folded("\xff\xfe \xff\xfe", 4, "\xff\xfe\n\xff\xfe");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_what_fits_is_left_alone),
                cmocka_unit_test(test_at_the_last_space),
                cmocka_unit_test(test_more_to_the_right),
                cmocka_unit_test(test_words_are_whole),
                cmocka_unit_test(test_what_is_pasted_is_whole),
                cmocka_unit_test(test_columns_are_no_bytes),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
