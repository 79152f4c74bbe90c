/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "ledger/teardown-watch.h"
#include "report/json-ledger.h"
#include "report/metrics.h"
#include "test-ledger.h"

#define FIRST  ((struct netns_identity){4026532177, 4102, {}})
#define SECOND ((struct netns_identity){4026532177, 4103, {}}) /* the number was used again */

/* A census by BPF with these namespaces being torn down, @later seconds after the one before. */
static int scan(struct fixture *f, unsigned later, struct netns_identity *dying, size_t n)
{
        struct census c = {.source = "bpf",
                           .coverage = {.complete = true, .tasks_complete = true},
                           .dying = dying,
                           .n_dying = n};

        fixture_pass(f, later * SEC);
        return ledger_update(f->ledger, &c, &f->now);
}

static const struct report *last_report(const struct fixture *f)
{
        const struct outbox *o = ledger_outbox(f->ledger);
        return o->n > 0 ? o->reports[o->n - 1] : NULL;
}

static void test_told_once_after_a_minute(void **state)
{
        struct netns_identity dying[] = {FIRST, SECOND};
        _fixture_ struct fixture f;

        fixture_init(&f, NULL);
        assert_int_equal(scan(&f, 0, dying, 1), 0);
        assert_int_equal(scan(&f, 60, dying, 2), 0);
        assert_int_equal(ledger_teardown(f.ledger)->n_stuck, 0);
        assert_int_equal(scan(&f, 5, dying, 2), 1);
        assert_int_equal(fixture_change(&f, 0), LEDGER_CHANGE_TEARDOWN_STUCK);
        assert_string_equal(last_report(&f)->detail,
                            "1 network namespace that nothing refers to any more, cookie:4102 for "
                            "1min 5s");
        /* Others join it: no news. */
        assert_int_equal(scan(&f, 61, dying, 2), 0);
        assert_int_equal(ledger_teardown(f.ledger)->n_stuck, 2);
        assert_int_equal(ledger_teardown(f.ledger)->oldest->id.cookie, 4102);
        /* All done; and a minute later it is news again. */
        assert_int_equal(scan(&f, 5, NULL, 0), 0);
        assert_int_equal(scan(&f, 5, &dying[1], 1), 0);
        assert_int_equal(scan(&f, 61, &dying[1], 1), 1);
}

static void test_many_that_come_and_go_are_not_stuck(void **state)
{
        _fixture_ struct fixture f;

        fixture_init(&f, NULL);
        for (uint64_t i = 0; i < 100; i++) {
                struct netns_identity dying = {4026532177, 5000 + i, {}};
                assert_int_equal(scan(&f, 5, &dying, 1), 0);
        }
}

static void test_a_source_that_does_not_see_them_says_nothing(void **state)
{
        struct netns_identity dying = FIRST;
        struct census blind = {.source = "procfs", .coverage = {.complete = true}};
        _fixture_ struct fixture f;

        fixture_init(&f, NULL);
        assert_int_equal(scan(&f, 0, &dying, 1), 0);
        fixture_pass(&f, 120 * SEC);
        assert_int_equal(ledger_update(f.ledger, &blind, &f.now), 0);
        assert_false(ledger_teardown(f.ledger)->known);
        assert_int_equal(scan(&f, 5, &dying, 1), 0);
}

static void test_figures(void **state)
{
        struct netns_identity dying[] = {FIRST, SECOND};
        _fixture_ struct fixture f;

        fixture_init(&f, NULL);
        (void)scan(&f, 0, &dying[1], 1);
        (void)scan(&f, 90, dying, 2);
        json_auto_t *o = json_ledger_teardown(f.ledger, &f.now);
        assert_int_equal(json_integer_value(json_object_get(o, "namespaces")), 2);
        assert_int_equal(json_integer_value(json_object_get(o, "stuck")), 1);
        assert_int_equal(json_integer_value(json_object_get(o, "cookie")), 4103);
        assert_int_equal(json_integer_value(json_object_get(o, "sinceUSec")),
                         f.now.realtime_usec - 90 * SEC);
        const struct metrics_source source = {.version = "1", .ledger = f.ledger};
        _cleanup_free_ char *text = metrics_text(&source, METRICS_PROMETHEUS);
        assert_non_null(strstr(text, "\nnsorphan_namespaces_stuck 1\n"));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_told_once_after_a_minute),
                cmocka_unit_test(test_many_that_come_and_go_are_not_stuck),
                cmocka_unit_test(test_a_source_that_does_not_see_them_says_nothing),
                cmocka_unit_test(test_figures),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
