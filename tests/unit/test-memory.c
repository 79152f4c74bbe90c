/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is known of a namespace outlasts its waiting. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "census/bpf/memory.h"

static const struct tracked found = {
        .net = 1, .cookie = 7, .counted = 2, .explained = 2, .found_usec = 100};
static const struct tracked waiting = {.net = 1, .cookie = 7, .counted = 3, .waits = true};

static void test_counts_must_be_the_same(void **state)
{
        struct memory m = {};

        assert_int_equal(memory_keep(&m, &found, 1), 0);
        assert_non_null(memory_recall(&m, &found));
        assert_null(memory_recall(&m, &waiting));
        assert_non_null(memory_find(&m, 7));
        memory_deinit(&m);
}

static void test_what_was_found_outlasts_waiting(void **state)
{
        struct memory m = {};

        assert_int_equal(memory_keep(&m, &found, 1), 0);
        memory_note_verdict(&m, 7, true);
        for (int i = 0; i < 3; i++)
                assert_int_equal(memory_keep(&m, &waiting, 1), 0);
        const struct tracked *known = memory_recall(&m, &found);
        assert_non_null(known);
        assert_int_equal(known->explained, 2);
        assert_true(known->was_orphaned);
        /* What turned out to be false does not. */
        memory_forget(&m, 7);
        assert_int_equal(memory_keep(&m, &waiting, 1), 0);
        assert_null(memory_recall(&m, &found));
        assert_null(memory_recall(&m, &waiting));
        assert_int_equal(memory_keep(&m, NULL, 0), 0);
        assert_null(memory_find(&m, 7));
        memory_deinit(&m);
}

int main(void)
{
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_counts_must_be_the_same),
                cmocka_unit_test(test_what_was_found_outlasts_waiting),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
