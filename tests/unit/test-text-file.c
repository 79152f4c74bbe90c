/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "util/text-file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "util/macro.h"

static void test_what_is_printed(void **state)
{
        struct text_buffer b;
        size_t n = 0;

        FILE *f = text_file_open(&b);
        assert_non_null(f);
        for (int i = 0; i < 3000; i++)
                fprintf(f, "line %04d\n", i);
        _cleanup_free_ char *text = text_file_close(f, &b, &n);
        assert_non_null(text);
        assert_int_equal(n, 30000);
        assert_int_equal(strlen(text), n);
        assert_string_equal(text + n - 10, "line 2999\n");
        assert_null(b.text);
}

static void test_nothing(void **state)
{
        struct text_buffer b;
        FILE *f = text_file_open(&b);

        assert_non_null(f);
        _cleanup_free_ char *text = text_file_close(f, &b, NULL);
        assert_string_equal(text, "");
}

/* Neither a part of it, nor success. */
static void test_what_there_is_no_memory_for(void **state)
{
        struct text_buffer b;
        FILE *f = text_file_open(&b);

        assert_non_null(f);
        fputs("first", f);
        assert_int_equal(fflush(f), 0);
        text_buffer_add(&b, "", SIZE_MAX / 2);
        assert_true(b.failed);
        fputs("last", f);
        assert_null(text_file_close(f, &b, NULL));
        assert_null(b.text);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_what_is_printed),
                cmocka_unit_test(test_nothing),
                cmocka_unit_test(test_what_there_is_no_memory_for),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
