/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Leaks that are no orphans: unnamed namespaces and stray threads, where they are asked for. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "ledger/state-format.h"
#include "ledger/state-parse.h"
#include "test-ledger.h"

static const struct ledger_settings both = {
        .grace_usec = 120 * SEC, .unnamed = true, .stray_threads = true};
static const struct ledger_settings neither = {.grace_usec = 120 * SEC};

static const struct report *last_report(const struct fixture *f)
{
        const struct outbox *o = ledger_outbox(f->ledger);
        assert_true(o->n > 0);
        return o->reports[o->n - 1];
}

/* What only an open file of process 100 leads to. */
static struct census *unnamed(void)
{
        struct census *c = test_census();
        struct process *p = test_process(c, 100, 1000, "keeper", "keeper.service");
        struct netns *ns = test_netns(c, 4000, 7, VERDICT_PINNED);
        struct holder h = HOLDER_OF(100, 100, 5);

        h.kind = HOLDER_NSFS_FD;
        h.process = p;
        test_hold(ns, h);
        ns->unnamed = true;
        return c;
}

static void add_task(struct census *c, struct netns *ns, pid_t pid, pid_t tid, uint64_t home)
{
        struct holder h = HOLDER_OF(pid, tid, -1);

        h.kind = HOLDER_TASK;
        h.process = test_process(c, pid, (uint64_t)pid * 10, "pool", "pool.service");
        h.home_inode = home;
        test_hold(ns, h);
        ns->strays += home > 0;
}

/* What process 50 lives in, and thread 102 of process 100 has strayed into. */
static struct census *with_stray(void)
{
        struct census *c = test_census();
        struct netns *ns = test_netns(c, 4000, 7, VERDICT_ATTACHED);

        c->strays = true;
        add_task(c, ns, 50, 50, 0);
        add_task(c, ns, 100, 102, 4999);
        return c;
}

static struct census *without_stray(void)
{
        struct census *c = test_census();

        c->strays = true;
        add_task(c, test_netns(c, 4000, 7, VERDICT_ATTACHED), 50, 50, 0);
        return c;
}

/* Two censuses as @make makes them, the grace period apart. */
static void find(struct fixture *f, struct census *(*make)(void))
{
        assert_int_equal(fixture_scan(f, 0, make()), 1);
        assert_int_equal(fixture_change(f, 0), LEDGER_CHANGE_SUSPECTED);
        assert_int_equal(fixture_scan(f, 120 * SEC, make()), 1);
        assert_int_equal(ledger_outbox(f->ledger)->n, 1);
}

static void test_neither_unless_asked_for(void **state)
{
        _fixture_ struct fixture f;

        fixture_init(&f, &neither);
        for (int i = 0; i < 3; i++) {
                assert_int_equal(fixture_scan(&f, 120 * SEC, unnamed()), 0);
                assert_int_equal(fixture_scan(&f, 120 * SEC, with_stray()), 0);
        }
        assert_int_equal(ledger_count(f.ledger), 0);
}

static void test_unnamed(void **state)
{
        _fixture_ struct fixture f;

        fixture_init(&f, &both);
        find(&f, unnamed);
        assert_int_equal(fixture_change(&f, 0), LEDGER_CHANGE_UNNAMED);
        assert_int_equal(last_report(&f)->kind, LEDGER_CHANGE_UNNAMED);
        assert_int_equal(last_report(&f)->finding, LEDGER_FINDING_UNNAMED);
        assert_int_equal(last_report(&f)->holder.pid, 100);
        assert_int_equal(last_report(&f)->holder.fd, 5);
        assert_int_equal(fixture_scan(&f, 60 * SEC, unnamed()), 0);
        fixture_sent(&f);
        assert_int_equal(fixture_scan(&f, 60 * SEC, none_left()), 1);
        assert_int_equal(fixture_change(&f, 0), LEDGER_CHANGE_RESOLVED);
        assert_int_equal(last_report(&f)->ending, LEDGER_ENDING_GONE);
        assert_int_equal(last_report(&f)->finding, LEDGER_FINDING_UNNAMED);
        assert_int_equal(ledger_count(f.ledger), 0);
}

/* What an unnamed one may become, and what does not end it. */
static void test_ends_of_unnamed(void **state)
{
        enum { NAMED, HIDDEN, WAITS, LOST, INSIDE, ORPHAN, _CASES };
        static const enum ledger_ending endings[_CASES] = {
                [NAMED] = LEDGER_ENDING_PINNED,
                [INSIDE] = LEDGER_ENDING_ATTACHED,
                [ORPHAN] = LEDGER_ENDING_ORPHANED,
        };

        for (int i = 0; i < _CASES; i++) {
                _fixture_ struct fixture f;
                struct census *c = unnamed();
                struct netns *ns = &c->namespaces[0];

                fixture_init(&f, &both);
                find(&f, unnamed);
                fixture_sent(&f);
                ns->unnamed = false;
                ns->count[HOLDER_NSFS_MOUNT] = i == NAMED;
                ns->unseen_reference = i == HIDDEN;
                ns->waits = i == WAITS;
                if (i == INSIDE)
                        ns->verdict = VERDICT_ATTACHED;
                if (i == ORPHAN)
                        ns->verdict = VERDICT_ORPHANED;
                assert_int_equal(fixture_scan(&f, 60 * SEC, c), 1);
                if (endings[i] == LEDGER_ENDING_NONE) {
                        assert_int_equal(fixture_change(&f, 0), LEDGER_CHANGE_UPDATED);
                        assert_true(ledger_get(f.ledger, 0)->unconfirmed);
                        assert_int_equal(ledger_outbox(f.ledger)->n, 0);
                        continue;
                }
                assert_int_equal(fixture_change(&f, 0), LEDGER_CHANGE_RESOLVED);
                assert_int_equal(last_report(&f)->ending, endings[i]);
                /* What it is now begins with the next census. */
                if (i != ORPHAN)
                        continue;
                fixture_leak(&f, 100);
                assert_int_equal(last_report(&f)->finding, LEDGER_FINDING_ORPHAN);
        }
}

/* An orphan that an open file leads to is none any more, whatever that makes it. */
static void test_an_orphan_that_becomes_unnamed(void **state)
{
        _fixture_ struct fixture f;

        fixture_init(&f, &both);
        fixture_leak(&f, 100);
        assert_int_equal(fixture_scan(&f, 60 * SEC, unnamed()), 1);
        assert_int_equal(fixture_change(&f, 0), LEDGER_CHANGE_RESOLVED);
        assert_int_equal(last_report(&f)->ending, LEDGER_ENDING_PINNED);
        fixture_sent(&f);
        find(&f, unnamed);
        assert_int_equal(last_report(&f)->kind, LEDGER_CHANGE_UNNAMED);
}

/* What only BPF can see is not gone because a walk over /proc has not seen it. */
static void test_silence_of_the_other_source(void **state)
{
        for (int partial = 0; partial < 2; partial++) {
                _fixture_ struct fixture f;
                struct census *c = one_orphan(100);

                fixture_init(&f, &both);
                for (int i = 0; i < 2; i++) {
                        struct census *by_bpf = unnamed();
                        by_bpf->source = "bpf";
                        fixture_scan(&f, 120 * SEC, by_bpf);
                }
                fixture_sent(&f);
                c->namespaces[0].partial = partial;
                fixture_scan(&f, 60 * SEC, c);
                assert_int_equal(ledger_outbox(f.ledger)->n, !partial);
                assert_int_equal(ledger_count(f.ledger), partial);
        }
}

static void test_stray_thread(void **state)
{
        _fixture_ struct fixture f;

        fixture_init(&f, &both);
        find(&f, with_stray);
        assert_int_equal(fixture_change(&f, 0), LEDGER_CHANGE_STRAY_THREAD);
        const struct report *r = last_report(&f);
        assert_int_equal(r->kind, LEDGER_CHANGE_STRAY_THREAD);
        /* Who lives there has no part in it. */
        assert_int_equal(r->n_holders, 1);
        assert_int_equal(r->holder.pid, 100);
        assert_int_equal(r->holder.tid, 102);
        assert_int_equal(r->holder.home_inode, 4999);
        assert_int_equal(ledger_get(f.ledger, 0)->n_holders, 1);
        fixture_sent(&f);
        assert_int_equal(fixture_scan(&f, 60 * SEC, without_stray()), 1);
        assert_int_equal(fixture_change(&f, 0), LEDGER_CHANGE_RESOLVED);
        assert_int_equal(last_report(&f)->ending, LEDGER_ENDING_LEFT);
}

/* A thread that cannot be looked at has not left. */
static void test_a_stray_thread_out_of_sight(void **state)
{
        enum { THIS, ANOTHER, NOT_LOOKED_FOR, _CASES };

        for (int i = 0; i < _CASES; i++) {
                _fixture_ struct fixture f;
                struct census *c = without_stray();

                fixture_init(&f, &both);
                find(&f, with_stray);
                if (i == NOT_LOOKED_FOR)
                        c->strays = false;
                else {
                        c->coverage.tasks_complete = false;
                        test_blind(c, i == THIS ? 100 : 900, GAP_TASK_UNPROVEN);
                }
                fixture_scan(&f, 60 * SEC, c);
                assert_int_equal(fixture_change(&f, 0),
                                 i == ANOTHER ? LEDGER_CHANGE_RESOLVED : LEDGER_CHANGE_UPDATED);
                assert_int_equal(ledger_count(f.ledger), i != ANOTHER);
        }
}

/* Another thread is there still when the one that was named has left. */
static void test_another_stray_thread(void **state)
{
        _fixture_ struct fixture f;
        struct census *c = without_stray();

        fixture_init(&f, &both);
        find(&f, with_stray);
        add_task(c, &c->namespaces[0], 200, 203, 4999);
        assert_int_equal(fixture_scan(&f, 60 * SEC, c), 1);
        assert_int_equal(fixture_change(&f, 0), LEDGER_CHANGE_HOLDER_CHANGED);
        assert_int_equal(last_report(&f)->holder.tid, 203);
        assert_int_equal(last_report(&f)->former.tid, 102);
        assert_int_equal(last_report(&f)->finding, LEDGER_FINDING_STRAY_THREAD);
}

static void test_switched_off(void **state)
{
        struct census *(*const makes[])(void) = {unnamed, with_stray};

        for (size_t i = 0; i < 2; i++) {
                _fixture_ struct fixture f;

                fixture_init(&f, &both);
                find(&f, makes[i]);
                fixture_sent(&f);
                assert_int_equal(ledger_configure(f.ledger, &neither, &f.now), 0);
                assert_int_equal(fixture_scan(&f, 60 * SEC, makes[i]()), 1);
                assert_int_equal(fixture_change(&f, 0), LEDGER_CHANGE_RESOLVED);
                assert_int_equal(last_report(&f)->ending, LEDGER_ENDING_OFF);
                assert_int_equal(ledger_count(f.ledger), 0);
        }
}

static void test_over_a_restart(void **state)
{
        struct census *(*const makes[])(void) = {unnamed, with_stray};

        for (size_t i = 0; i < 2; i++) {
                _fixture_ struct fixture f;
                _cleanup_free_ char *text = NULL, *again = NULL;
                struct error error;
                size_t n, m;

                fixture_init(&f, &both);
                find(&f, makes[i]);
                text = ledger_state_format(f.ledger, "boot", 1, &n);
                ledger_free(f.ledger);
                assert_int_equal(ledger_new(&f.ledger, &both), 0);
                assert_int_equal(ledger_state_parse(f.ledger, text, n, "boot", 1, &error), 0);
                again = ledger_state_format(f.ledger, "boot", 1, &m);
                assert_string_equal(text, again);
                assert_int_equal(last_report(&f)->finding, LEDGER_FINDING_UNNAMED + i);
                fixture_sent(&f);
                assert_int_equal(fixture_scan(&f, 60 * SEC, makes[i]()), 0);
                assert_int_equal(ledger_outbox(f.ledger)->n, 0);
                fixture_scan(&f, 60 * SEC, none_left());
                assert_int_equal(last_report(&f)->kind, LEDGER_CHANGE_RESOLVED);
        }
}

/* One process with stray threads in several, and namespace files of others: two alerts. */
static void test_each_kind_has_its_own_alert(void **state)
{
        _fixture_ struct fixture f;

        fixture_init(&f, &both);
        for (int i = 0; i < 2; i++) {
                struct census *c = unnamed();
                for (uint64_t k = 0; k < 3; k++)
                        add_task(c, test_netns(c, 5000 + k, 50 + k, VERDICT_ATTACHED), 200,
                                 201 + (pid_t)k, 4999);
                fixture_scan(&f, 120 * SEC, c);
        }
        const struct outbox *o = ledger_outbox(f.ledger);
        assert_int_equal(o->n, 2);
        assert_int_equal(o->reports[0]->kind, LEDGER_CHANGE_UNNAMED);
        assert_int_equal(o->reports[1]->kind, LEDGER_CHANGE_STRAY_THREAD);
        assert_int_equal(o->reports[1]->n_leaks, 3);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_neither_unless_asked_for),
                cmocka_unit_test(test_unnamed),
                cmocka_unit_test(test_ends_of_unnamed),
                cmocka_unit_test(test_an_orphan_that_becomes_unnamed),
                cmocka_unit_test(test_silence_of_the_other_source),
                cmocka_unit_test(test_stray_thread),
                cmocka_unit_test(test_a_stray_thread_out_of_sight),
                cmocka_unit_test(test_another_stray_thread),
                cmocka_unit_test(test_switched_off),
                cmocka_unit_test(test_over_a_restart),
                cmocka_unit_test(test_each_kind_has_its_own_alert),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
