/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "ledger/coverage-watch.h"
#include "ledger/ignore.h"
#include "test-ledger.h"

static const struct report *last_report(const struct fixture *f)
{
        const struct outbox *o = ledger_outbox(f->ledger);
        assert_true(o->n > 0);
        return o->reports[o->n - 1];
}

static void test_ignored_is_listed_but_not_told(void **state)
{
        _fixture_ struct fixture f;
        struct ledger_settings settings = {.grace_usec = 120 * SEC,
                                           .ignore_units = GLOBS("leak*.service")};
        size_t ignored;

        fixture_init(&f, &settings);
        fixture_leak(&f, 100);
        assert_int_equal(ledger_outbox(f.ledger)->n, 0);
        assert_int_equal(ledger_count_state(f.ledger, LEDGER_LEAKED, &ignored), 1);
        assert_int_equal(ignored, 1);
        /* No longer ignored: told at the next census, once. */
        settings.ignore_units = NULL;
        assert_int_equal(ledger_configure(f.ledger, &settings, &f.now), 1);
        assert_int_equal(fixture_change(&f, 0), LEDGER_CHANGE_UPDATED);
        assert_int_equal(fixture_scan(&f, 60 * SEC, one_orphan(100)), 1);
        assert_int_equal(fixture_change(&f, 0), LEDGER_CHANGE_LEAKED);
        assert_int_equal(ledger_outbox(f.ledger)->n, 1);
        assert_int_equal(fixture_scan(&f, 60 * SEC, one_orphan(100)), 0);
}

static void test_end_of_what_was_never_told_is_silent(void **state)
{
        _fixture_ struct fixture f;
        fixture_init(&f, &(struct ledger_settings){.grace_usec = 120 * SEC,
                                                   .ignore_units = GLOBS("leaker.*")});

        fixture_leak(&f, 100);
        assert_int_equal(fixture_scan(&f, 60 * SEC, none_left()), 1);
        assert_int_equal(fixture_change(&f, 0), LEDGER_CHANGE_RESOLVED);
        assert_int_equal(ledger_outbox(f.ledger)->n, 0);
}

static void test_reminders(void **state)
{
        _fixture_ struct fixture f;
        fixture_init(&f,
                     &(struct ledger_settings){.grace_usec = 120 * SEC, .repeat_usec = 3600 * SEC});

        fixture_leak(&f, 100);
        assert_int_equal(fixture_scan(&f, 3599 * SEC, one_orphan(100)), 0);
        assert_int_equal(fixture_scan(&f, 1 * SEC, one_orphan(100)), 1);
        assert_int_equal(fixture_change(&f, 0), LEDGER_CHANGE_REMINDER);
        assert_int_equal(fixture_scan(&f, 3599 * SEC, one_orphan(100)), 0);
        assert_int_equal(fixture_scan(&f, 1 * SEC, one_orphan(100)), 1);
}

static void test_overrun_is_told_once_an_hour(void **state)
{
        _fixture_ struct fixture f;

        fixture_init(&f, NULL);
        assert_int_equal(
                ledger_scan_overran(f.ledger, 90 * SEC, 60 * SEC, "reading fds of pid 9", &f.now),
                1);
        assert_string_equal(last_report(&f)->detail,
                            "a scan took 1min 30s, longer than the interval of 1min; reading fds "
                            "of pid 9");
        fixture_pass(&f, 3599 * SEC);
        assert_int_equal(ledger_scan_overran(f.ledger, 90 * SEC, 60 * SEC, NULL, &f.now), 0);
        fixture_pass(&f, SEC);
        assert_int_equal(ledger_scan_overran(f.ledger, 90 * SEC, 60 * SEC, NULL, &f.now), 1);
}

static void test_ignore_rules(void **state)
{
        struct process in_unit = {.pid = 1, .unit = (char[]){"docker.service"}};
        struct process by_hand = {.pid = 2, .executable = {.device = 8, .inode = 77}};
        struct holder holders[] = {
                {.kind = HOLDER_SOCKET, .pid = 1, .process = &in_unit},
                {.kind = HOLDER_SOCKET, .pid = 2, .process = &by_hand},
        };
        struct ledger_entry e = {.id = {4026532177, 4102, {}}, .holders = holders, .n_holders = 1};
        /* The first names no file that could be found. */
        static const struct file_id ids[] = {{}, {.device = 8, .inode = 77}};
        struct ledger_settings s = {};

        assert_false(ignore_matches(&s, &e.id, e.holders, e.n_holders));
        s.ignore_units = GLOBS("docker*");
        assert_true(ignore_matches(&s, &e.id, e.holders, e.n_holders));
        /* One stranger among the holders, and it is a leak like any other. */
        e.n_holders = 2;
        assert_false(ignore_matches(&s, &e.id, e.holders, e.n_holders));
        s.ignore_executables = ids;
        s.n_ignore_executables = 1;
        assert_false(ignore_matches(&s, &e.id, e.holders, e.n_holders));
        s.n_ignore_executables = 2;
        assert_true(ignore_matches(&s, &e.id, e.holders, e.n_holders));
        by_hand.executable.device = 9;
        assert_false(ignore_matches(&s, &e.id, e.holders, e.n_holders));
        by_hand.executable = (struct file_id){};
        assert_false(ignore_matches(&s, &e.id, e.holders, e.n_holders));
        e.n_holders = 0;
        assert_false(ignore_matches(&s, &e.id, e.holders, e.n_holders));
        s = (struct ledger_settings){.ignore_netns = GLOBS("net:[4026532177]")};
        assert_true(ignore_matches(&s, &e.id, e.holders, e.n_holders));
        s.ignore_netns = GLOBS("402653217?");
        assert_true(ignore_matches(&s, &e.id, e.holders, e.n_holders));
        s.ignore_netns = GLOBS("cookie:41*");
        assert_true(ignore_matches(&s, &e.id, e.holders, e.n_holders));
        s.ignore_netns = GLOBS("cookie:42*");
        assert_false(ignore_matches(&s, &e.id, e.holders, e.n_holders));
        s.ignore_netns = GLOBS("4026532");
        assert_false(ignore_matches(&s, &e.id, e.holders, e.n_holders));
}

static void test_coverage_is_told_once(void **state)
{
        struct coverage_watch w = {};
        struct coverage whole = {.complete = true}, one = {}, two;
        char *detail;
        unsigned gaps;

        one.gaps[GAP_PROCESS_UNREADABLE] = (struct coverage_count){1, 1, EACCES};
        two = one;
        two.gaps[GAP_FAULT] = (struct coverage_count){1, 7, EMFILE};

        assert_int_equal(coverage_watch_update(&w, &whole, &detail, &gaps), COVERAGE_SAME);
        assert_int_equal(coverage_watch_update(&w, &one, &detail, &gaps), COVERAGE_DEGRADED);
        assert_non_null(strstr(detail, "pid 1"));
        assert_int_equal(gaps, 1U << GAP_PROCESS_UNREADABLE);
        free(detail);
        assert_int_equal(coverage_watch_update(&w, &one, &detail, &gaps), COVERAGE_SAME);
        /* A new kind of gap is news, and only that is told. */
        assert_int_equal(coverage_watch_update(&w, &two, &detail, &gaps), COVERAGE_DEGRADED);
        assert_null(strstr(detail, "pid 1:"));
        assert_int_equal(gaps, 1U << GAP_FAULT);
        free(detail);
        /* What comes and goes is not. */
        for (int i = 0; i < 20; i++)
                assert_int_equal(
                        coverage_watch_update(&w, i % 3 == 2 ? &two : &whole, &detail, &gaps),
                        COVERAGE_SAME);
        assert_int_equal(coverage_watch_update(&w, &whole, &detail, &gaps), COVERAGE_RESTORED);
        assert_int_equal(gaps, 1U << GAP_PROCESS_UNREADABLE | 1U << GAP_FAULT);
        assert_int_equal(coverage_watch_update(&w, &whole, &detail, &gaps), COVERAGE_SAME);
        assert_int_equal(coverage_watch_update(&w, &one, &detail, &gaps), COVERAGE_DEGRADED);
        free(detail);
}

/* Both entries have the kinds. */
static void test_gaps_of_the_reports(void **state)
{
        _fixture_ struct fixture f;
        const struct outbox *o;

        fixture_init(&f, NULL);
        for (int i = 0; i < 5; i++) {
                struct census *c = test_census();
                if (i == 0) {
                        test_blind(c, 1, GAP_PROCESS_UNREADABLE);
                        test_blind(c, 2, GAP_FD_REFUSED);
                } else if (i == 1)
                        test_blind(c, 3, GAP_FAULT);
                assert_true(fixture_scan(&f, SEC, c) >= 0);
        }
        o = ledger_outbox(f.ledger);
        assert_int_equal(o->n, 3);
        assert_string_equal(o->reports[0]->gaps, "process_unreadable fd_refused");
        assert_string_equal(o->reports[1]->gaps, "fault");
        assert_int_equal(o->reports[2]->kind, LEDGER_CHANGE_COVERAGE_RESTORED);
        assert_string_equal(o->reports[2]->gaps, "process_unreadable fd_refused fault");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_ignored_is_listed_but_not_told),
                cmocka_unit_test(test_end_of_what_was_never_told_is_silent),
                cmocka_unit_test(test_reminders),
                cmocka_unit_test(test_overrun_is_told_once_an_hour),
                cmocka_unit_test(test_ignore_rules),
                cmocka_unit_test(test_coverage_is_told_once),
                cmocka_unit_test(test_gaps_of_the_reports),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
