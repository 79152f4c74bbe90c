/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "test-ledger.h"

static const struct report *last_report(const struct fixture *f)
{
        const struct outbox *o = ledger_outbox(f->ledger);
        assert_true(o->n > 0);
        return o->reports[o->n - 1];
}

static void test_suspected_then_leaked(void **state)
{
        _fixture_ struct fixture f;
        const struct ledger_entry *e;

        fixture_init(&f, NULL);
        assert_int_equal(fixture_scan(&f, 0, one_orphan(100)), 1);
        assert_int_equal(fixture_change(&f, 0), LEDGER_CHANGE_SUSPECTED);
        assert_int_equal(ledger_outbox(f.ledger)->n, 0);
        assert_int_equal(fixture_scan(&f, 119 * SEC, one_orphan(100)), 0);
        assert_int_equal(fixture_scan(&f, 1 * SEC, one_orphan(100)), 1);
        assert_int_equal(fixture_change(&f, 0), LEDGER_CHANGE_LEAKED);
        assert_int_equal(ledger_outbox(f.ledger)->n, 1);
        assert_int_equal(last_report(&f)->age_usec, 120 * SEC);
        assert_int_equal(last_report(&f)->holder.pid, 100);
        e = ledger_get(f.ledger, 0);
        assert_int_equal(e->state, LEDGER_LEAKED);
        assert_int_equal(e->n_censuses, 3);
        assert_int_equal(e->leaked_boot_usec - e->first_seen_boot_usec, 120 * SEC);
        assert_string_equal(holder_unit(&e->holders[0]), "leaker.service");
        /* And that was the only alert. */
        assert_int_equal(fixture_scan(&f, 3600 * SEC, one_orphan(100)), 0);
        assert_int_equal(ledger_outbox(f.ledger)->n, 1);
}

static void test_two_censuses_even_without_grace(void **state)
{
        _fixture_ struct fixture f;
        fixture_init(&f, &(struct ledger_settings){.grace_usec = 0});

        assert_int_equal(fixture_scan(&f, 0, one_orphan(100)), 1);
        assert_int_equal(fixture_change(&f, 0), LEDGER_CHANGE_SUSPECTED);
        assert_int_equal(fixture_scan(&f, 0, one_orphan(100)), 1);
        assert_int_equal(fixture_change(&f, 0), LEDGER_CHANGE_LEAKED);
}

static void test_infinite_grace(void **state)
{
        _fixture_ struct fixture f;
        fixture_init(&f, &(struct ledger_settings){.grace_usec = UINT64_MAX});

        fixture_scan(&f, 0, one_orphan(100));
        assert_int_equal(fixture_scan(&f, 86400 * SEC, one_orphan(100)), 0);
        assert_true(ledger_next_due(f.ledger) == UINT64_MAX);
}

static void test_grace_starts_again(void **state)
{
        _fixture_ struct fixture f;
        struct census *c;

        /* Attached in between: a new start. */
        fixture_init(&f, NULL);
        fixture_scan(&f, 0, one_orphan(100));
        c = test_census();
        test_netns(c, 4000, 7, VERDICT_ATTACHED);
        assert_int_equal(fixture_scan(&f, 60 * SEC, c), 1);
        assert_int_equal(fixture_change(&f, 0), LEDGER_CHANGE_CLEARED);
        assert_int_equal(ledger_count(f.ledger), 0);
        fixture_scan(&f, 30 * SEC, one_orphan(100));
        assert_int_equal(fixture_scan(&f, 60 * SEC, one_orphan(100)), 0);
        assert_int_equal(ledger_get(f.ledger, 0)->state, LEDGER_SUSPECTED);
        assert_int_equal(ledger_outbox(f.ledger)->n, 0);
}

static void check_resolved(struct fixture *f, struct census *c, enum ledger_ending ending)
{
        size_t n;

        assert_int_equal(fixture_scan(f, 60 * SEC, c), 1);
        assert_int_equal(fixture_change(f, 0), LEDGER_CHANGE_RESOLVED);
        /* The entry is still there to be told of, and then no more. */
        assert_int_equal(ledger_changes(f->ledger, &n)[0].entry->ending, ending);
        assert_int_equal(ledger_changes(f->ledger, &n)[0].entry->id.cookie, 7);
        assert_int_equal(ledger_count(f->ledger), 0);
        assert_int_equal(last_report(f)->kind, LEDGER_CHANGE_RESOLVED);
        assert_int_equal(last_report(f)->ending, ending);
        assert_int_equal(last_report(f)->holder.pid, 100);
        assert_int_equal(fixture_scan(f, 60 * SEC, test_census()), 0);
}

static void test_resolved_when_attached(void **state)
{
        _fixture_ struct fixture f;
        struct census *c = test_census();

        fixture_init(&f, NULL);
        fixture_leak(&f, 100);
        test_netns(c, 4000, 7, VERDICT_ATTACHED);
        check_resolved(&f, c, LEDGER_ENDING_ATTACHED);
}

static void test_resolved_when_pinned(void **state)
{
        _fixture_ struct fixture f;
        struct census *c = test_census();

        fixture_init(&f, NULL);
        fixture_leak(&f, 100);
        test_netns(c, 4000, 7, VERDICT_PINNED);
        check_resolved(&f, c, LEDGER_ENDING_PINNED);
}

static struct census *one_pinned_unseen(void)
{
        struct census *c = test_census();

        test_netns(c, 4000, 7, VERDICT_PINNED)->unseen_reference = true;
        return c;
}

static void test_passing_reference_ends_no_leak(void **state)
{
        _fixture_ struct fixture f;

        fixture_init(&f, NULL);
        fixture_leak(&f, 100);
        assert_int_equal(fixture_scan(&f, 30 * SEC, one_pinned_unseen()), 0);
        assert_int_equal(fixture_scan(&f, 30 * SEC, one_orphan(100)), 0);
        /* One that stays does. */
        assert_int_equal(fixture_scan(&f, 30 * SEC, one_pinned_unseen()), 0);
        check_resolved(&f, one_pinned_unseen(), LEDGER_ENDING_PINNED);
}

static struct census *one_that_waits(enum verdict verdict)
{
        struct census *c = test_census();

        test_netns(c, 4000, 7, verdict)->waits = true;
        return c;
}

static void test_a_path_not_looked_for_is_no_word(void **state)
{
        _fixture_ struct fixture f;

        fixture_init(&f, NULL);
        /* Nothing begins by it, */
        assert_int_equal(fixture_scan(&f, SEC, one_that_waits(VERDICT_ORPHANED)), 0);
        assert_int_equal(ledger_count(f.ledger), 0);
        /* and nothing ends, however long. */
        fixture_leak(&f, 100);
        assert_int_equal(fixture_scan(&f, SEC, one_that_waits(VERDICT_PINNED)), 1);
        assert_int_equal(fixture_change(&f, 0), LEDGER_CHANGE_UPDATED);
        for (int i = 0; i < 5; i++)
                assert_int_equal(
                        fixture_scan(&f, SEC,
                                     one_that_waits(i % 2 ? VERDICT_PINNED : VERDICT_ORPHANED)),
                        0);
        assert_true(ledger_get(f.ledger, 0)->unconfirmed);
        assert_int_equal(ledger_get(f.ledger, 0)->n_holders, 1);
}

static void test_resolved_when_gone(void **state)
{
        _fixture_ struct fixture f;

        fixture_init(&f, NULL);
        fixture_leak(&f, 100);
        check_resolved(&f, none_left(), LEDGER_ENDING_GONE);
}

static void test_unreadable_holder_keeps_it_leaked(void **state)
{
        _fixture_ struct fixture f;
        struct census *c;

        fixture_init(&f, NULL);
        fixture_leak(&f, 100);
        for (int i = 0; i < 3; i++) {
                c = test_census();
                test_blind(c, 100, i == 1 ? GAP_PROCESS_SKIPPED : GAP_PROCESS_UNREADABLE);
                fixture_scan(&f, 60 * SEC, c);
                assert_int_equal(ledger_count(f.ledger), 1);
                assert_int_equal(ledger_get(f.ledger, 0)->state, LEDGER_LEAKED);
                assert_true(ledger_get(f.ledger, 0)->unconfirmed);
        }
        /* Readable again, and it holds nothing, nor does anybody else: proof, if it stays so. */
        fixture_sent(&f);
        fixture_scan(&f, 60 * SEC, test_census());
        assert_true(ledger_get(f.ledger, 0)->unconfirmed);
        fixture_scan(&f, 60 * SEC, test_census());
        assert_int_equal(ledger_count(f.ledger), 0);
        assert_int_equal(last_report(&f)->kind, LEDGER_CHANGE_RESOLVED);
}

static void test_unconfirmed_is_one_change(void **state)
{
        _fixture_ struct fixture f;
        struct census *c;

        fixture_init(&f, NULL);
        fixture_leak(&f, 100);
        c = test_census();
        test_blind(c, 100, GAP_PROCESS_UNREADABLE);
        assert_int_equal(fixture_scan(&f, 60 * SEC, c), 2);
        assert_int_equal(fixture_change(&f, 0), LEDGER_CHANGE_UPDATED);
        assert_int_equal(fixture_change(&f, 1), LEDGER_CHANGE_COVERAGE_DEGRADED);
        c = test_census();
        test_blind(c, 100, GAP_PROCESS_UNREADABLE);
        assert_int_equal(fixture_scan(&f, 60 * SEC, c), 0);
        /* Seen again: no alert, it is the same leak. */
        assert_int_equal(fixture_scan(&f, 60 * SEC, one_orphan(100)), 1);
        assert_int_equal(fixture_change(&f, 0), LEDGER_CHANGE_UPDATED);
        assert_false(ledger_get(f.ledger, 0)->unconfirmed);
}

static void test_unconfirmed_censuses_do_not_count(void **state)
{
        _fixture_ struct fixture f;
        struct census *c;

        fixture_init(&f, NULL);
        fixture_scan(&f, 0, one_orphan(100));
        c = test_census();
        test_blind(c, 100, GAP_PROCESS_UNREADABLE);
        fixture_scan(&f, 600 * SEC, c);
        assert_int_equal(ledger_get(f.ledger, 0)->state, LEDGER_SUSPECTED);
        assert_int_equal(ledger_get(f.ledger, 0)->n_censuses, 1);
        assert_true(ledger_next_due(f.ledger) == UINT64_MAX);
}

static void test_failed_scan_changes_nothing(void **state)
{
        _fixture_ struct fixture f;

        fixture_init(&f, NULL);
        fixture_leak(&f, 100);
        fixture_pass(&f, 60 * SEC);
        assert_int_equal(ledger_scan_failed(f.ledger, "no more fds", &f.now), 1);
        assert_int_equal(fixture_change(&f, 0), LEDGER_CHANGE_SCAN_FAILED);
        assert_string_equal(last_report(&f)->detail, "no more fds");
        assert_int_equal(ledger_get(f.ledger, 0)->state, LEDGER_LEAKED);
        assert_false(ledger_get(f.ledger, 0)->unconfirmed);
        /* The second of a row is no news; the first success after is. */
        assert_int_equal(ledger_scan_failed(f.ledger, "no more fds", &f.now), 0);
        assert_int_equal(fixture_scan(&f, 60 * SEC, one_orphan(100)), 1);
        assert_int_equal(fixture_change(&f, 0), LEDGER_CHANGE_SCAN_RECOVERED);
}

static void test_holder_changes(void **state)
{
        _fixture_ struct fixture f;
        struct census *c;
        struct netns *ns;

        fixture_init(&f, NULL);
        fixture_leak(&f, 100);
        fixture_sent(&f);
        /* A second holder appears: no alert. */
        c = one_orphan(100);
        ns = &c->namespaces[0];
        test_hold(ns, test_socket(test_process(c, 200, 2000, "other", NULL), 9, 5100));
        assert_int_equal(fixture_scan(&f, 60 * SEC, c), 1);
        assert_int_equal(fixture_change(&f, 0), LEDGER_CHANGE_UPDATED);
        /* The first goes: who was told of it must know. */
        c = test_census();
        ns = test_netns(c, 4000, 7, VERDICT_ORPHANED);
        test_hold(ns, test_socket(test_process(c, 200, 2000, "other", NULL), 9, 5100));
        assert_int_equal(fixture_scan(&f, 60 * SEC, c), 1);
        assert_int_equal(fixture_change(&f, 0), LEDGER_CHANGE_HOLDER_CHANGED);
        assert_int_equal(last_report(&f)->former.pid, 100);
        assert_int_equal(last_report(&f)->holder.pid, 200);
        /* Once. */
        c = test_census();
        ns = test_netns(c, 4000, 7, VERDICT_ORPHANED);
        test_hold(ns, test_socket(test_process(c, 200, 2000, "other", NULL), 9, 5100));
        assert_int_equal(fixture_scan(&f, 60 * SEC, c), 0);
}

static void test_another_fd_of_the_same_process_is_no_news(void **state)
{
        _fixture_ struct fixture f;
        struct census *c = one_orphan(100);

        fixture_init(&f, NULL);
        fixture_leak(&f, 100);
        c->namespaces[0].holders[0].fd = 12;
        assert_int_equal(fixture_scan(&f, 60 * SEC, c), 1);
        assert_int_equal(fixture_change(&f, 0), LEDGER_CHANGE_UPDATED);
}

static void test_same_pid_another_process(void **state)
{
        _fixture_ struct fixture f;
        struct census *c = test_census();
        struct netns *ns = test_netns(c, 4000, 7, VERDICT_ORPHANED);

        fixture_init(&f, NULL);
        fixture_leak(&f, 100);
        test_hold(ns, test_socket(test_process(c, 100, 77777, "leaker", NULL), 3, 5100));
        assert_int_equal(fixture_scan(&f, 60 * SEC, c), 1);
        assert_int_equal(fixture_change(&f, 0), LEDGER_CHANGE_HOLDER_CHANGED);
}

/* Ended while the census was made: its socket was still seen, it cannot be described. */
static struct census *orphan_of_a_process_that_ended(pid_t pid, int fd)
{
        struct census *c = test_census();
        struct process *p = test_process(c, pid, 0, NULL, NULL);
        p->gone = true;
        test_hold(test_netns(c, 4000, 7, VERDICT_ORPHANED),
                  test_socket(p, fd, (uint64_t)pid + 5000 + (uint64_t)fd - 3));
        return c;
}

static void test_told_holder_that_ends_meanwhile_is_no_other(void **state)
{
        _fixture_ struct fixture f;

        fixture_init(&f, NULL);
        fixture_leak(&f, 10);
        fixture_sent(&f);
        /* As if nothing had happened. */
        assert_int_equal(fixture_scan(&f, 60 * SEC, orphan_of_a_process_that_ended(10, 3)), 0);
        /* Another fd, of which nothing is known from before. */
        assert_int_equal(fixture_scan(&f, 60 * SEC, orphan_of_a_process_that_ended(10, 4)), 1);
        assert_int_equal(fixture_change(&f, 0), LEDGER_CHANGE_UPDATED);
        assert_int_equal(ledger_outbox(f.ledger)->n, 0);
        /* The end names whom the alert named. */
        assert_int_equal(fixture_scan(&f, 60 * SEC, none_left()), 1);
        assert_int_equal(fixture_change(&f, 0), LEDGER_CHANGE_RESOLVED);
        assert_int_equal(ledger_outbox(f.ledger)->n, 1);
}

static void test_ignored_holder_that_ends_meanwhile_stays_ignored(void **state)
{
        const struct ledger_settings settings = {.grace_usec = 120 * SEC,
                                                 .max_per_minute = 60,
                                                 .ignore_units = GLOBS("leaker.service")};
        _fixture_ struct fixture f;

        fixture_init(&f, &settings);
        assert_int_equal(fixture_scan(&f, 0, one_orphan(10)), 1);
        assert_int_equal(fixture_scan(&f, 120 * SEC, orphan_of_a_process_that_ended(10, 3)), 1);
        assert_int_equal(fixture_change(&f, 0), LEDGER_CHANGE_LEAKED);
        assert_int_equal(ledger_outbox(f.ledger)->n, 0);
}

static void test_unreadable_told_holder_is_not_gone(void **state)
{
        _fixture_ struct fixture f;
        struct census *c = test_census();
        struct netns *ns = test_netns(c, 4000, 7, VERDICT_ORPHANED);

        fixture_init(&f, NULL);
        fixture_leak(&f, 100);
        test_hold(ns, test_socket(test_process(c, 200, 2000, "other", NULL), 9, 5100));
        test_blind(c, 100, GAP_PROCESS_UNREADABLE);
        fixture_scan(&f, 60 * SEC, c);
        assert_int_equal(fixture_change(&f, 0), LEDGER_CHANGE_UPDATED);
}

static void test_partial_view_still_alerts(void **state)
{
        _fixture_ struct fixture f;
        const struct report *r;

        fixture_init(&f, NULL);
        for (int i = 0; i < 2; i++) {
                struct census *c = one_orphan(100);
                c->namespaces[0].partial = true;
                test_blind(c, 1, GAP_PROCESS_UNREADABLE);
                c->coverage.gaps[GAP_PROCESS_UNREADABLE].first_errnum = EACCES;
                fixture_scan(&f, 120 * SEC, c);
        }
        assert_int_equal(fixture_change(&f, 0), LEDGER_CHANGE_LEAKED);
        r = last_report(&f);
        assert_int_equal(r->kind, LEDGER_CHANGE_LEAKED);
        assert_non_null(r->partial_reason);
        assert_non_null(strstr(r->partial_reason, "pid 1"));
        assert_true(ledger_get(f.ledger, 0)->partial);
}

static void test_nameless_orphans_leak_too(void **state)
{
        _fixture_ struct fixture f;

        fixture_init(&f, NULL);
        for (int i = 0; i < 2; i++) {
                struct census *c = one_orphan(100);
                c->namespaces[0].id = (struct netns_identity){
                        .nameless = {1000, 5100, 100, HOLDER_SOCKET_MAPPING}};
                c->namespaces[0].holders[0].kind = HOLDER_SOCKET_MAPPING;
                fixture_scan(&f, 120 * SEC, c);
        }
        assert_int_equal(fixture_change(&f, 0), LEDGER_CHANGE_LEAKED);
        assert_int_equal(last_report(&f)->netns.nameless.file_inode, 5100);
}

static void test_look_ups(void **state)
{
        _fixture_ struct fixture f;
        const struct ledger_entry *e;
        struct census *c = test_census();

        test_orphan(c, 4001, 9, 101);
        test_orphan(c, 4000, 7, 100);
        fixture_init(&f, NULL);
        fixture_scan(&f, 0, c);
        assert_int_equal(ledger_get(f.ledger, 0)->id.inode, 4000);
        assert_int_equal(ledger_find_inode(f.ledger, 4001, &e), 0);
        assert_int_equal(e->id.cookie, 9);
        assert_int_equal(ledger_find_cookie(f.ledger, 7, &e), 0);
        assert_int_equal(e->id.inode, 4000);
        assert_int_equal(ledger_find_inode(f.ledger, 4002, &e), -ENOENT);
        assert_int_equal(ledger_find_inode(f.ledger, 0, &e), -ENOENT);
        assert_int_equal(ledger_find_cookie(f.ledger, 0, &e), -ENOENT);
        assert_null(ledger_find(f.ledger, &(struct netns_identity){4000, 8, {}}));
        assert_non_null(ledger_find(f.ledger, &(struct netns_identity){4000, 7, {}}));
        assert_null(ledger_get(f.ledger, 2));
}

static void test_sequence(void **state)
{
        _fixture_ struct fixture f;
        const struct ledger_change *changes;
        uint64_t expected = 0;
        size_t n;

        fixture_init(&f, NULL);
        assert_int_equal(ledger_sequence(f.ledger), 0);
        for (int i = 0; i < 6; i++) {
                fixture_scan(&f, 120 * SEC, i % 3 == 2 ? test_census() : one_orphan(100 + i));
                changes = ledger_changes(f.ledger, &n);
                for (size_t k = 0; k < n; k++)
                        assert_int_equal(changes[k].sequence, ++expected);
        }
        assert_true(expected >= 6);
        assert_int_equal(ledger_sequence(f.ledger), expected);
}

static void test_next_due(void **state)
{
        _fixture_ struct fixture f;

        fixture_init(&f, NULL);
        assert_true(ledger_next_due(f.ledger) == UINT64_MAX);
        fixture_scan(&f, 0, one_orphan(100));
        assert_int_equal(ledger_next_due(f.ledger), f.now.boottime_usec + 120 * SEC);
        fixture_scan(&f, 120 * SEC - 1, one_orphan(100));
        assert_int_equal(ledger_next_due(f.ledger), f.now.boottime_usec + SEC);
        fixture_scan(&f, SEC, one_orphan(100));
        assert_true(ledger_next_due(f.ledger) == UINT64_MAX);
}

static void test_change_names(void **state)
{
        for (enum ledger_change_kind k = 0; k < _LEDGER_CHANGE_MAX; k++)
                assert_int_equal(ledger_change_from_string(ledger_change_to_string(k)), k);
        assert_int_equal(ledger_change_from_string("leak"), -EINVAL);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_suspected_then_leaked),
                cmocka_unit_test(test_two_censuses_even_without_grace),
                cmocka_unit_test(test_infinite_grace),
                cmocka_unit_test(test_grace_starts_again),
                cmocka_unit_test(test_resolved_when_attached),
                cmocka_unit_test(test_resolved_when_pinned),
                cmocka_unit_test(test_passing_reference_ends_no_leak),
                cmocka_unit_test(test_a_path_not_looked_for_is_no_word),
                cmocka_unit_test(test_resolved_when_gone),
                cmocka_unit_test(test_unreadable_holder_keeps_it_leaked),
                cmocka_unit_test(test_unconfirmed_is_one_change),
                cmocka_unit_test(test_unconfirmed_censuses_do_not_count),
                cmocka_unit_test(test_failed_scan_changes_nothing),
                cmocka_unit_test(test_holder_changes),
                cmocka_unit_test(test_another_fd_of_the_same_process_is_no_news),
                cmocka_unit_test(test_same_pid_another_process),
                cmocka_unit_test(test_told_holder_that_ends_meanwhile_is_no_other),
                cmocka_unit_test(test_ignored_holder_that_ends_meanwhile_stays_ignored),
                cmocka_unit_test(test_unreadable_told_holder_is_not_gone),
                cmocka_unit_test(test_partial_view_still_alerts),
                cmocka_unit_test(test_nameless_orphans_leak_too),
                cmocka_unit_test(test_look_ups),
                cmocka_unit_test(test_sequence),
                cmocka_unit_test(test_next_due),
                cmocka_unit_test(test_change_names),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
