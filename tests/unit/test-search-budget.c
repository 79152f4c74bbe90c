/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Who may have holders looked for, and who waits. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "census/bpf/search-budget.h"

#define SEC  NSEC_PER_SEC
#define COST (UINT64_C(80) * NSEC_PER_USEC * 1000) /* of a search on a large host */

/* One round after @b: asks for @name, and takes @cost if it may. */
static bool search(struct search_budget *b, const char *name, uint64_t cost)
{
        struct search_share *s = search_budget_ask(b, name);

        assert_non_null(s);
        if (s->is_admitted)
                search_budget_charge(b, s, cost);
        return s->is_admitted;
}

static void test_first_look_is_immediate(void **state)
{
        struct search_budget b;

        search_budget_init(&b, 0);
        search_budget_begin(&b, SEC);
        assert_true(search(&b, "uid 1", COST));
        /* All through the round; and not in the next. */
        assert_true(search(&b, "uid 1", 10 * COST));
        search_budget_begin(&b, 2 * SEC);
        assert_false(search(&b, "uid 1", COST));
        assert_true(search(&b, "uid 2", COST));
        search_budget_deinit(&b);
}

static void test_a_flood_gets_one_percent(void **state)
{
        struct search_budget b;
        uint64_t spent = 0;

        search_budget_init(&b, 0);
        for (uint64_t second = 1; second <= 3600; second++) {
                search_budget_begin(&b, second * SEC);
                if (search(&b, "uid 1", COST))
                        spent += COST;
        }
        assert_in_range(spent, 35 * SEC, 37 * SEC);
        search_budget_deinit(&b);
}

static void test_many_floods_get_one_percent_together(void **state)
{
        struct search_budget b;
        uint64_t spent = 0;
        unsigned late = 0;
        char name[FAIR_SHARE_NAME_MAX];

        search_budget_init(&b, 0);
        for (uint64_t second = 1; second <= 3600; second++) {
                search_budget_begin(&b, second * SEC);
                for (unsigned uid = 1; uid <= 20; uid++)
                        if (search(&b, fair_share_name_of_uid(name, uid), COST))
                                spent += COST;
                /* One who asks every ten minutes never waits. */
                if (second % 600 == 0)
                        late += !search(&b, "uid 1000", COST);
        }
        assert_int_equal(late, 0);
        assert_in_range(spent, 30 * SEC, 36 * SEC + 20 * COST);
        search_budget_deinit(&b);
}

static void test_what_nobody_owes_is_not_saved_up(void **state)
{
        struct search_budget b;
        unsigned n = 0;

        search_budget_init(&b, 0);
        search_budget_begin(&b, 100000 * SEC);
        for (uint64_t i = 1; i <= 100; i++) {
                search_budget_begin(&b, (100000 + i) * SEC);
                n += search(&b, "docker.service", COST);
        }
        assert_in_range(n, 12, 14);
        search_budget_deinit(&b);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_first_look_is_immediate),
                cmocka_unit_test(test_a_flood_gets_one_percent),
                cmocka_unit_test(test_many_floods_get_one_percent_together),
                cmocka_unit_test(test_what_nobody_owes_is_not_saved_up),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
