/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Fair shares: whatever some take, there is something left for one more. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "util/fair-share.h"

/* Takes for @name until it is refused; returns how much it has then. */
static uint64_t take_all(struct fair_shares *t, const char *name,
                         const struct fair_share_limit *limit)
{
        struct fair_share *s = fair_share_get(t, name);

        assert_non_null(s);
        while (fair_share_take(t, s, limit))
                ;
        return s->taken;
}

static void test_one_ends_at_its_bound(void **state)
{
        struct fair_shares t = {.size = sizeof(struct fair_share), .max = 8};
        const struct fair_share_limit limit = {.total = 1000, .each = 100};

        assert_int_equal(take_all(&t, "uid 1", &limit), 100);
        assert_int_equal(take_all(&t, "uid 2", &limit), 100);
        assert_int_equal(t.taken, 200);
        fair_shares_deinit(&t);
        assert_int_equal(t.taken, 0);
        assert_null(t.shares);
}

static void test_something_is_left_for_the_next(void **state)
{
        struct fair_shares t = {.size = sizeof(struct fair_share), .max = 100};
        const struct fair_share_limit limit = {.total = 1024, .granted = 2};
        char name[FAIR_SHARE_NAME_MAX];

        for (unsigned i = 0; i < 50; i++) {
                uint64_t got = take_all(&t, fair_share_name_of_uid(name, i), &limit);
                assert_true(got >= 2);
                if (i == 0)
                        assert_int_equal(got, 512);
                if (i == 1)
                        assert_int_equal(got, 256);
        }
        assert_true(t.taken <= 1024 + 50 * 2);
        fair_shares_deinit(&t);
}

static void test_side_by_side_they_are_equal(void **state)
{
        struct fair_shares t = {.size = sizeof(struct fair_share), .max = 8};
        const struct fair_share_limit limit = {.total = 90};
        struct fair_share *a = fair_share_get(&t, "a"), *b = fair_share_get(&t, "b");

        assert_non_null(a);
        assert_non_null(b);
        for (unsigned i = 0; i < 1000; i++) {
                (void)fair_share_take(&t, a, &limit);
                (void)fair_share_take(&t, b, &limit);
        }
        assert_int_equal(a->taken, 30);
        assert_int_equal(b->taken, 30);
        fair_share_give_back(&t, a);
        assert_int_equal(t.taken, 59);
        fair_share_remove(&t, a);
        assert_int_equal(t.taken, 30);
        assert_null(fair_share_find(&t, "a"));
        assert_ptr_equal(fair_share_find(&t, "b"), b);
        fair_shares_deinit(&t);
}

static void test_no_limit(void **state)
{
        struct fair_shares t = {.size = sizeof(struct fair_share), .max = 8};
        struct fair_share *s = fair_share_get(&t, "uid 0");

        for (unsigned i = 0; i < 10000; i++)
                assert_true(fair_share_take(&t, s, &(struct fair_share_limit){}));
        fair_shares_deinit(&t);
}

/* Who makes more shares than there is room for shares one with all the others who do. */
static void test_a_full_table(void **state)
{
        struct {
                struct fair_share share;
                unsigned more;
        } * first;
        struct fair_shares t = {.size = sizeof(*first), .max = 4};
        char name[FAIR_SHARE_NAME_MAX];

        first = (void *)fair_share_get(&t, fair_share_name_of_uid(name, 0));
        first->more = 7;
        for (unsigned i = 1; i < 1000; i++)
                assert_string_equal(fair_share_get(&t, fair_share_name_of_uid(name, i))->name,
                                    i < 4 ? name : FAIR_SHARE_OTHERS);
        assert_int_equal(HASH_COUNT(t.shares), 5);
        assert_ptr_equal(fair_share_get(&t, "uid 0"), first);
        assert_int_equal(first->more, 7);
        fair_shares_deinit(&t);
}

static void test_a_long_name_is_cut(void **state)
{
        struct fair_shares t = {.size = sizeof(struct fair_share), .max = 4};
        char name[300];

        memset(name, 'x', sizeof(name) - 1);
        name[sizeof(name) - 1] = '\0';
        struct fair_share *s = fair_share_get(&t, name);
        assert_int_equal(strlen(s->name), FAIR_SHARE_NAME_MAX - 1);
        assert_ptr_equal(fair_share_get(&t, name), s);
        assert_ptr_equal(fair_share_get(&t, s->name), s);
        fair_shares_deinit(&t);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_one_ends_at_its_bound),
                cmocka_unit_test(test_something_is_left_for_the_next),
                cmocka_unit_test(test_side_by_side_they_are_equal),
                cmocka_unit_test(test_no_limit),
                cmocka_unit_test(test_a_full_table),
                cmocka_unit_test(test_a_long_name_is_cut),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
