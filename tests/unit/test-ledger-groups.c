/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* One alert for all that one process has leaked, and at most one a minute. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "ledger/pace.h"
#include "ledger/state-format.h"
#include "ledger/state-parse.h"
#include "test-ledger.h"

/* @n orphans held by @pid, numbered from @first on. */
static void add(struct census *c, pid_t pid, unsigned first, unsigned n)
{
        for (unsigned k = first; k < first + n; k++)
                test_orphan(c, 4000 + k, 1 + k, pid);
}

static struct census *held_by(pid_t pid, unsigned n)
{
        struct census *c = test_census();

        add(c, pid, 0, n);
        return c;
}

static const struct report *report_at(const struct fixture *f, size_t i)
{
        assert_true(i < ledger_outbox(f->ledger)->n);
        return ledger_outbox(f->ledger)->reports[i];
}

static unsigned count_changes(const struct fixture *f, enum ledger_change_kind kind)
{
        unsigned n = 0;

        for (int i = 0; fixture_change(f, (size_t)i) >= 0; i++)
                n += fixture_change(f, (size_t)i) == (int)kind;
        return n;
}

/* 70 leaks of process 812, of which one alert is in the outbox. */
static void leak_70(struct fixture *f)
{
        fixture_scan(f, 0, held_by(812, 70));
        fixture_scan(f, 120 * SEC, held_by(812, 70));
        assert_int_equal(ledger_outbox(f->ledger)->n, 1);
}

static void test_one_alert_for_all_of_a_holder(void **state)
{
        _fixture_ struct fixture f;

        fixture_init(&f, NULL);
        leak_70(&f);
        const struct report *r = report_at(&f, 0);
        assert_int_equal(r->kind, LEDGER_CHANGE_LEAKED);
        assert_int_equal(r->n_leaks, 70);
        assert_int_equal(r->n_leaks_all, 70);
        assert_int_equal(r->n_holders, 70);
        assert_int_equal(r->n_leaks_shared, 0);
        assert_int_equal(r->n_more, 69);
        assert_int_equal(r->netns.inode, 4000);
        for (unsigned i = 0; i < 69; i++)
                assert_int_equal(r->more[i].inode, 4001 + i);
        assert_int_equal(r->holder.pid, 812);
        assert_int_equal(r->holder.kind, HOLDER_SOCKET);
        /* What is of one of them alone is not said of all. */
        assert_int_equal(r->holder.fd, -1);
        assert_int_equal(r->holder.socket_inode, 0);
        /* Subscribers hear of each, before the report. */
        assert_int_equal(count_changes(&f, LEDGER_CHANGE_LEAKED), 70);
        assert_int_equal(r->sequence, ledger_sequence(f.ledger));
        for (size_t i = 0; i < 70; i++)
                assert_true(ledger_get(f.ledger, i)->told);
        assert_int_equal(fixture_scan(&f, 120 * SEC, held_by(812, 70)), 0);
        assert_int_equal(ledger_outbox(f.ledger)->n, 1);
}

static void test_a_single_leak_is_told_as_such(void **state)
{
        _fixture_ struct fixture f;

        fixture_init(&f, NULL);
        for (int i = 0; i < 2; i++) {
                struct census *c = test_census();
                add(c, 812, 0, 1);
                add(c, 813, 1, 1);
                fixture_scan(&f, 120 * SEC, c);
        }
        assert_int_equal(ledger_outbox(f.ledger)->n, 2);
        for (size_t i = 0; i < 2; i++) {
                const struct report *r = report_at(&f, i);
                assert_int_equal(r->n_leaks, 0);
                assert_int_equal(r->n_leaks_all, 0);
                assert_int_equal(r->n_more, 0);
                assert_int_equal(r->holder.pid, 812 + (pid_t)i);
                assert_int_equal(r->holder.fd, 3);
        }
}

/* What the same process leaks within the minute waits for its end. */
static void test_at_most_one_a_minute(void **state)
{
        _fixture_ struct fixture f;
        const struct ledger_settings at_once = {.max_per_minute = 60};

        fixture_init(&f, &at_once);
        fixture_scan(&f, 0, held_by(812, 70));
        fixture_scan(&f, SEC, held_by(812, 70));
        uint64_t told = f.now.boottime_usec;
        fixture_sent(&f);
        fixture_scan(&f, 10 * SEC, held_by(812, 74));
        assert_int_equal(count_changes(&f, LEDGER_CHANGE_SUSPECTED), 4);
        fixture_scan(&f, SEC, held_by(812, 74));
        assert_int_equal(count_changes(&f, LEDGER_CHANGE_LEAKED), 4);
        assert_int_equal(ledger_outbox(f.ledger)->n, 0);
        assert_true(ledger_next_due(f.ledger) == told + PACE_USEC);
        /* One more, and another holder's, who has no part in that. */
        for (int i = 0; i < 2; i++) {
                struct census *c = held_by(812, 75);
                add(c, 900, 500, 1);
                fixture_scan(&f, 10 * SEC, c);
        }
        assert_int_equal(ledger_outbox(f.ledger)->n, 1);
        assert_int_equal(report_at(&f, 0)->holder.pid, 900);
        fixture_sent(&f);
        struct census *c = held_by(812, 75);
        add(c, 900, 500, 1);
        fixture_scan(&f, told + PACE_USEC - f.now.boottime_usec, c);
        assert_int_equal(ledger_outbox(f.ledger)->n, 1);
        const struct report *r = report_at(&f, 0);
        assert_int_equal(r->n_leaks, 5);
        assert_int_equal(r->n_leaks_all, 75);
        assert_int_equal(r->netns.inode, 4070);
        /* Nobody is told of a leak twice. */
        assert_int_equal(count_changes(&f, LEDGER_CHANGE_LEAKED), 0);
        assert_int_equal(count_changes(&f, LEDGER_CHANGE_UPDATED), 5);
        assert_true(ledger_next_due(f.ledger) == UINT64_MAX);
        /* A single one that comes later: with how many there are. */
        for (int i = 0; i < 2; i++) {
                fixture_sent(&f);
                c = held_by(812, 76);
                add(c, 900, 500, 1);
                fixture_scan(&f, 60 * SEC, c);
        }
        assert_int_equal(ledger_outbox(f.ledger)->n, 1);
        assert_int_equal(report_at(&f, 0)->n_leaks, 0);
        assert_int_equal(report_at(&f, 0)->n_leaks_all, 76);
}

static void test_what_ends_meanwhile_is_not_told(void **state)
{
        _fixture_ struct fixture f;
        const struct ledger_settings at_once = {.max_per_minute = 60};

        fixture_init(&f, &at_once);
        for (int i = 0; i < 2; i++)
                fixture_scan(&f, SEC, held_by(812, 2));
        fixture_sent(&f);
        for (int i = 0; i < 2; i++)
                fixture_scan(&f, SEC, held_by(812, 3));
        struct census *c = held_by(812, 2);
        test_absent(c, 4002, 3, NETNS_PRESENCE_GONE);
        fixture_scan(&f, SEC, c);
        assert_int_equal(fixture_change(&f, 0), LEDGER_CHANGE_RESOLVED);
        assert_true(ledger_next_due(f.ledger) == UINT64_MAX);
        fixture_scan(&f, 60 * SEC, held_by(812, 2));
        assert_int_equal(ledger_outbox(f.ledger)->n, 0);
}

/* Stops, and goes on with what the state file has. */
static void restart(struct fixture *f, const struct ledger_settings *settings)
{
        struct error error;
        size_t n, m;
        _cleanup_free_ char *text = ledger_state_format(f->ledger, "boot", 1, &n), *again = NULL;

        ledger_free(f->ledger);
        assert_int_equal(ledger_new(&f->ledger, settings), 0);
        assert_int_equal(ledger_state_parse(f->ledger, text, n, "boot", 1, &error), 0);
        again = ledger_state_format(f->ledger, "boot", 1, &m);
        assert_string_equal(text, again);
}

static void test_a_restart_loses_none_and_repeats_none(void **state)
{
        _fixture_ struct fixture f;
        const struct ledger_settings at_once = {.max_per_minute = 60};

        fixture_init(&f, &at_once);
        for (int i = 0; i < 2; i++)
                fixture_scan(&f, SEC, held_by(812, 70));
        restart(&f, &at_once);
        /* The report is still to be sent, whole. */
        assert_int_equal(ledger_outbox(f.ledger)->n, 1);
        assert_int_equal(report_at(&f, 0)->n_leaks, 70);
        assert_int_equal(report_at(&f, 0)->n_leaks_all, 70);
        assert_int_equal(report_at(&f, 0)->n_more, 69);
        assert_int_equal(report_at(&f, 0)->more[68].inode, 4069);
        fixture_sent(&f);
        fixture_scan(&f, SEC, held_by(812, 70));
        assert_int_equal(ledger_outbox(f.ledger)->n, 0);
        for (int i = 0; i < 2; i++)
                fixture_scan(&f, SEC, held_by(812, 75));
        assert_int_equal(count_changes(&f, LEDGER_CHANGE_LEAKED), 5);
        assert_int_equal(ledger_outbox(f.ledger)->n, 0);
        restart(&f, &at_once);
        /* They are told of still, no sooner, and no subscriber hears of them again. */
        fixture_scan(&f, SEC, held_by(812, 75));
        assert_int_equal(ledger_outbox(f.ledger)->n, 0);
        assert_int_equal(count_changes(&f, LEDGER_CHANGE_LEAKED), 0);
        assert_true(ledger_next_due(f.ledger) != UINT64_MAX);
        fixture_scan(&f, 60 * SEC, held_by(812, 75));
        assert_int_equal(ledger_outbox(f.ledger)->n, 1);
        assert_int_equal(report_at(&f, 0)->n_leaks, 5);
        assert_int_equal(report_at(&f, 0)->n_leaks_all, 75);
        assert_int_equal(count_changes(&f, LEDGER_CHANGE_LEAKED), 0);
}

/* Of many holders that were named long ago, none takes the place of one that has just been. */
static void test_a_restart_keeps_the_pace(void **state)
{
        const struct ledger_settings at_once = {.max_per_minute = 100000};
        _fixture_ struct fixture f;

        fixture_init(&f, &at_once);
        for (int i = 0; i < 6; i++) {
                struct census *c = test_census();
                for (unsigned k = 0; k < PACE_MAX + 500; k++) {
                        add(c, (pid_t)(1000 + k), k, 1);
                        c->namespaces[k].has_owner = true;
                        c->namespaces[k].charged_uid = k % 4;
                }
                add(c, 812, 90000, i < 2 ? 0 : i < 4 ? 1 : 2);
                fixture_sent(&f);
                fixture_scan(&f, i == 2 ? 3600 * SEC : SEC, c);
                if (i != 3)
                        continue;
                assert_int_equal(ledger_outbox(f.ledger)->n, 1);
                assert_int_equal(report_at(&f, 0)->holder.pid, 812);
                restart(&f, &at_once);
        }
        assert_int_equal(ledger_count(f.ledger), PACE_MAX + 502);
        assert_int_equal(count_changes(&f, LEDGER_CHANGE_LEAKED), 1);
        assert_int_equal(ledger_outbox(f.ledger)->n, 0);
}

static void test_what_is_named_is_bounded(void **state)
{
        _fixture_ struct fixture f;

        fixture_init(&f, NULL);
        for (int i = 0; i < 2; i++)
                fixture_scan(&f, 120 * SEC, held_by(812, 300));
        assert_int_equal(ledger_outbox(f.ledger)->n, 1);
        assert_int_equal(report_at(&f, 0)->n_leaks, 300);
        assert_int_equal(report_at(&f, 0)->n_more, REPORT_LISTED_MAX - 1);
}

/* One entry is one of MaxPerMinute=, and what it would have told of counts as held back. */
static void test_the_limit_is_of_entries(void **state)
{
        _fixture_ struct fixture f;
        const struct ledger_settings one = {.grace_usec = 120 * SEC, .max_per_minute = 1};

        fixture_init(&f, &one);
        for (int i = 0; i < 2; i++) {
                struct census *c = held_by(812, 10);
                add(c, 900, 500, 20);
                fixture_scan(&f, 120 * SEC, c);
        }
        assert_int_equal(ledger_outbox(f.ledger)->n, 2);
        assert_int_equal(report_at(&f, 0)->n_leaks, 10);
        assert_int_equal(report_at(&f, 1)->kind, LEDGER_CHANGE_HELD_BACK);
        assert_int_equal(report_at(&f, 1)->held_leaked, 20);
        assert_int_equal(count_changes(&f, LEDGER_CHANGE_LEAKED), 30);
        fixture_sent(&f);
        struct census *c = held_by(812, 10);
        add(c, 900, 500, 20);
        assert_int_equal(fixture_scan(&f, 120 * SEC, c), 0);
        assert_int_equal(ledger_outbox(f.ledger)->n, 0);
}

/* Who makes another's process hold what is his neither joins that one's alert nor delays it. */
static void test_shares_are_told_apart(void **state)
{
        _fixture_ struct fixture f;
        const struct ledger_settings at_once = {.max_per_minute = 60};

        fixture_init(&f, &at_once);
        for (int i = 0; i < 4; i++) {
                struct census *c = held_by(812, 3);
                for (size_t k = 0; k < 3; k++) {
                        c->namespaces[k].has_owner = true;
                        c->namespaces[k].charged_uid = 1000;
                }
                if (i >= 2)
                        add(c, 812, 500, 2);
                fixture_scan(&f, SEC, c);
        }
        assert_int_equal(ledger_outbox(f.ledger)->n, 2);
        assert_string_equal(report_at(&f, 0)->share, "uid 1000");
        assert_int_equal(report_at(&f, 0)->n_leaks, 3);
        assert_string_equal(report_at(&f, 1)->share, "leaker.service");
        assert_int_equal(report_at(&f, 1)->n_leaks, 2);
        assert_int_equal(report_at(&f, 1)->n_leaks_all, 2);
}

static void test_other_holders_are_counted(void **state)
{
        _fixture_ struct fixture f;

        fixture_init(&f, NULL);
        for (int i = 0; i < 2; i++) {
                struct census *c = held_by(812, 3);
                struct process *p = test_process(c, 900, 9000, "worker", NULL);
                test_hold(&c->namespaces[1], test_socket(p, 4, 5812));
                test_hold(&c->namespaces[2], test_socket(c->processes[0], 4, 5813));
                c->namespaces[2].holders[0].kind = HOLDER_TUN;
                c->namespaces[2].partial = true;
                fixture_scan(&f, 120 * SEC, c);
        }
        assert_int_equal(ledger_outbox(f.ledger)->n, 1);
        assert_int_equal(report_at(&f, 0)->n_holders, 5);
        assert_int_equal(report_at(&f, 0)->n_leaks_shared, 1);
        assert_true(report_at(&f, 0)->kinds_differ);
        assert_non_null(report_at(&f, 0)->partial_reason);
}

static void test_reminders_too(void **state)
{
        _fixture_ struct fixture f;
        const struct ledger_settings daily = {.grace_usec = 120 * SEC, .repeat_usec = 3600 * SEC};

        fixture_init(&f, &daily);
        leak_70(&f);
        fixture_sent(&f);
        fixture_scan(&f, 3600 * SEC, held_by(812, 70));
        assert_int_equal(count_changes(&f, LEDGER_CHANGE_REMINDER), 70);
        assert_int_equal(ledger_outbox(f.ledger)->n, 1);
        assert_int_equal(report_at(&f, 0)->kind, LEDGER_CHANGE_REMINDER);
        assert_int_equal(report_at(&f, 0)->n_leaks, 70);
}

/* One that only its holder's file names is told of alone. */
static void test_nameless_ones_are_told_one_by_one(void **state)
{
        _fixture_ struct fixture f;

        fixture_init(&f, NULL);
        for (int i = 0; i < 2; i++) {
                struct census *c = held_by(812, 3);
                for (unsigned k = 0; k < 3; k++) {
                        struct netns *ns = &c->namespaces[k];
                        ns->holders[0].socket_inode = 700 + k;
                        ns->id = (struct netns_identity){
                                .nameless = {8120, 700 + k, 812, HOLDER_SOCKET}};
                }
                fixture_scan(&f, 120 * SEC, c);
        }
        assert_int_equal(ledger_outbox(f.ledger)->n, 3);
}

/* @n leaks of which nobody knows yet who holds them. */
static struct census *unsought(unsigned n)
{
        struct census *c = held_by(812, n);

        for (size_t i = 0; i < n; i++) {
                struct netns *ns = &c->namespaces[i];
                holder_free_array(ns->holders, ns->n_holders);
                ns->holders = NULL;
                ns->n_holders = 0;
                ns->count[HOLDER_SOCKET] = 0;
                ns->count[HOLDER_UNEXPLAINED] = 1;
                ns->has_owner = true;
                ns->references =
                        (struct netns_references){.known = true, .counted = 1, .unsought = true};
        }
        return c;
}

/* Who holds it is worth waiting for, but not for ever. */
static void test_what_was_not_looked_for_yet(void **state)
{
        for (int found = 0; found < 2; found++) {
                _fixture_ struct fixture f;

                fixture_init(&f, NULL);
                fixture_scan(&f, 0, unsought(3));
                fixture_scan(&f, 120 * SEC, unsought(3));
                assert_int_equal(count_changes(&f, LEDGER_CHANGE_LEAKED), 3);
                assert_int_equal(ledger_outbox(f.ledger)->n, 0);
                assert_true(ledger_next_due(f.ledger) == f.now.boottime_usec + 60 * SEC);
                fixture_scan(&f, 59 * SEC, found ? held_by(812, 3) : unsought(3));
                assert_int_equal(ledger_outbox(f.ledger)->n, found);
                fixture_scan(&f, SEC, found ? held_by(812, 3) : unsought(3));
                assert_int_equal(count_changes(&f, LEDGER_CHANGE_LEAKED), 0);
                assert_int_equal(ledger_outbox(f.ledger)->n, found ? 1 : 3);
                if (found)
                        assert_int_equal(report_at(&f, 0)->n_leaks, 3);
        }
}

static void test_pace_forgets(void **state)
{
        struct process p = {.pid = 812, .start_ticks = 8120}, later = {.pid = 812};
        struct holder h = {.pid = 812, .process = &p}, other = {.pid = 812, .process = &later};
        struct pace pace = {};

        pace_note(&pace, "uid 0", &h, 100 * SEC);
        assert_int_equal(pace_due(&pace, "uid 0", &h, 100 * SEC), 160 * SEC);
        assert_int_equal(pace_due(&pace, "uid 0", &h, 160 * SEC), 0);
        assert_int_equal(pace_due(&pace, "uid 1", &h, 100 * SEC), 0);
        /* Its number is another process's now. */
        assert_int_equal(pace_due(&pace, "uid 0", &other, 100 * SEC), 0);
        /* What is yet to come is never waited for. */
        assert_int_equal(pace_due(&pace, "uid 0", &h, 99 * SEC), 0);
        pace_prune(&pace, 159 * SEC);
        assert_non_null(pace.ones);
        pace_prune(&pace, 160 * SEC);
        assert_null(pace.ones);
        for (pid_t pid = 1; pid <= PACE_MAX + 10; pid++) {
                h.pid = pid;
                pace_note(&pace, "uid 0", &h, 100 * SEC);
        }
        assert_int_equal(pace_due(&pace, "uid 0", &h, 100 * SEC), 0);
        pace_deinit(&pace);
        assert_null(pace.ones);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_one_alert_for_all_of_a_holder),
                cmocka_unit_test(test_a_single_leak_is_told_as_such),
                cmocka_unit_test(test_at_most_one_a_minute),
                cmocka_unit_test(test_what_ends_meanwhile_is_not_told),
                cmocka_unit_test(test_a_restart_loses_none_and_repeats_none),
                cmocka_unit_test(test_a_restart_keeps_the_pace),
                cmocka_unit_test(test_what_is_named_is_bounded),
                cmocka_unit_test(test_the_limit_is_of_entries),
                cmocka_unit_test(test_shares_are_told_apart),
                cmocka_unit_test(test_other_holders_are_counted),
                cmocka_unit_test(test_reminders_too),
                cmocka_unit_test(test_nameless_ones_are_told_one_by_one),
                cmocka_unit_test(test_what_was_not_looked_for_yet),
                cmocka_unit_test(test_pace_forgets),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
