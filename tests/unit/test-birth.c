/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <unistd.h>

#include "test-birth.h"

static void test_owners(void **state)
{
        struct birth *b = test_birth();

        assert_ptr_equal(birth_ref(b), b);
        assert_null(birth_unref(b));
        /* Still there, which a sanitizer would know. */
        assert_string_equal(b->comm, "dockerd");
        assert_null(birth_unref(b));
        assert_null(birth_ref(NULL));
        assert_null(birth_unref(NULL));
}

static void test_same_place(void **state)
{
        _cleanup_(birth_unrefp) struct birth *a = test_birth(), *b = test_birth();

        b->opened_usec++;
        b->opened_boot_usec++;
        assert_true(birth_same_place(a, b));
        /* Less than a tick. */
        b->start_nsec++;
        assert_true(birth_same_place(a, b));
        b->frames[4].offset++;
        assert_false(birth_same_place(a, b));
        b->frames[4].offset--;
        b->start_nsec += NSEC_PER_SEC;
        assert_false(birth_same_place(a, b));
        b->start_nsec = a->start_nsec;
        free(b->thread);
        b->thread = NULL;
        assert_false(birth_same_place(a, b));
        assert_true(birth_same_place(b, b));
}

static void test_ticks(void **state)
{
        const struct birth b = {.start_nsec = UINT64_C(5019999999)};

        assert_int_equal(birth_start_ticks(&b), 5 * sysconf(_SC_CLK_TCK) + 1);
}

static void test_words(void **state)
{
        assert_int_equal(birth_trace_from_string("foreign"), BIRTH_TRACE_FOREIGN);
        assert_string_equal(birth_trace_to_string(BIRTH_TRACE_YES), "yes");
        assert_int_equal(birth_trace_from_string("all"), -EINVAL);
        assert_null(birth_trace_to_string(_BIRTH_TRACE_MAX));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_owners),
                cmocka_unit_test(test_same_place),
                cmocka_unit_test(test_ticks),
                cmocka_unit_test(test_words),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
