/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Whose namespaces are asked first. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "census/procfs/resolve-order.h"

static void test_who_has_thousands_comes_last(void **state)
{
        enum { MANY = 3000, N = MANY + 5 };
        static struct netns all[N];
        struct netns *known[N];

        for (size_t i = 0; i < N; i++) {
                all[i] = (struct netns){.id = {.inode = 1000 + i},
                                        .verdict = VERDICT_ORPHANED,
                                        .has_owner = true,
                                        .charged_uid = 65534};
                known[i] = &all[i];
        }
        all[N - 1].verdict = VERDICT_ATTACHED;
        all[N - 2].verdict = VERDICT_PINNED;
        all[N - 3].charged_uid = 1000;
        all[N - 4].charged_uid = 0;
        all[N - 5].has_owner = false;
        assert_int_equal(resolve_order(known, N), 0);
        assert_ptr_equal(known[0], &all[N - 2]);
        assert_ptr_equal(known[1], &all[N - 1]);
        /* The first of each owner, then all others of the one that has more. */
        assert_ptr_equal(known[2], &all[N - 4]);
        assert_ptr_equal(known[3], &all[N - 3]);
        assert_ptr_equal(known[4], &all[0]);
        assert_ptr_equal(known[5], &all[N - 5]);
        for (size_t i = 1; i < MANY; i++)
                assert_ptr_equal(known[5 + i], &all[i]);
}

static void test_none(void **state)
{
        assert_int_equal(resolve_order(NULL, 0), 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_who_has_thousands_comes_last),
                cmocka_unit_test(test_none),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
