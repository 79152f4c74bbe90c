/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Whose leaks are told of: each share has its own number of alerts and entries. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "ledger/share.h"
#include "ledger/state-format.h"
#include "ledger/state-parse.h"
#include "ledger/state.h"
#include "test-ledger.h"

static const struct report *last_report(const struct fixture *f)
{
        const struct outbox *o = ledger_outbox(f->ledger);
        assert_true(o->n > 0);
        return o->reports[o->n - 1];
}

static void test_storm(void **state)
{
        enum { N = 2000 };
        _fixture_ struct fixture f;
        const struct outbox *o;
        unsigned leaked = 0;

        fixture_init(&f, NULL);
        for (int i = 0; i < 2; i++) {
                struct census *c = test_census();
                for (unsigned k = 0; k < N; k++)
                        test_orphan(c, 4000 + k, 7 + k, (pid_t)(100 + k));
                fixture_scan(&f, 120 * SEC, c);
        }
        o = ledger_outbox(f.ledger);
        for (size_t i = 0; i < o->n; i++)
                leaked += o->reports[i]->kind == LEDGER_CHANGE_LEAKED;
        assert_int_equal(leaked, 60);
        assert_int_equal(o->n, 61);
        assert_int_equal(last_report(&f)->kind, LEDGER_CHANGE_HELD_BACK);
        assert_string_equal(last_report(&f)->detail,
                            "1940 new leaks of leaker.service not reported one by one "
                            "(MaxPerMinute=60)");
        assert_int_equal(ledger_count_state(f.ledger, LEDGER_LEAKED, NULL), N);
        /* All have been told of, if only in number: no alert for them later. */
        fixture_sent(&f);
        struct census *c = test_census();
        for (unsigned k = 0; k < N; k++)
                test_orphan(c, 4000 + k, 7 + k, (pid_t)(100 + k));
        assert_int_equal(fixture_scan(&f, 120 * SEC, c), 0);
        /* And their end is told within the same bounds. */
        c = test_census();
        for (unsigned k = 0; k < N; k++)
                test_absent(c, 4000 + k, 7 + k, NETNS_PRESENCE_GONE);
        assert_int_equal(fixture_scan(&f, 60 * SEC, c), N + 1);
        assert_int_equal(ledger_outbox(f.ledger)->n, 61);
        assert_string_equal(last_report(&f)->detail,
                            "1940 resolved leaks of leaker.service not reported one by one "
                            "(MaxPerMinute=60)");
        assert_int_equal(ledger_count(f.ledger), 0);
}

/* One share of an outbox of its own. */
struct fixture_outbox {
        struct fair_shares shares;
        struct outbox outbox;
        struct ledger_share *share;
        struct ledger_time now;
};

static void outbox_fixture(struct fixture_outbox *f, unsigned max_per_minute)
{
        *f = (struct fixture_outbox){
                .outbox = {.max_per_minute = max_per_minute, .shares = &f->shares},
                .now = {0, 500 * SEC},
        };
        ledger_shares_init(&f->shares);
        f->share = ledger_share_get(&f->shares, "uid 1000");
}

static bool admit(struct fixture_outbox *f, enum ledger_change_kind kind)
{
        bool admitted = outbox_admit(&f->outbox, f->share, &f->now);

        f->share->held[kind] += !admitted;
        return admitted;
}

/* The sentence of the summary that is made now (freed with the next one), or NULL. */
static const char *summary(struct fixture_outbox *f)
{
        static char text[512];
        struct report *r = NULL;

        if (outbox_summarize(&f->outbox, f->share, 0, &f->now, &r) != 1)
                return NULL;
        (void)snprintf(text, sizeof(text), "%s", r->detail);
        assert_string_equal(r->share, "uid 1000");
        report_free(r);
        return text;
}

static void test_summary_once_a_minute(void **state)
{
        struct fixture_outbox f;

        outbox_fixture(&f, 1);
        assert_true(admit(&f, LEDGER_CHANGE_LEAKED));
        assert_null(summary(&f));
        assert_true(outbox_summary_due(&f.outbox) == UINT64_MAX);
        assert_false(admit(&f, LEDGER_CHANGE_LEAKED));
        assert_string_equal(summary(&f),
                            "1 new leak of uid 1000 not reported one by one (MaxPerMinute=1)");
        /* More of them in the same minute wait for its end. */
        assert_false(admit(&f, LEDGER_CHANGE_LEAKED));
        assert_false(admit(&f, LEDGER_CHANGE_RESOLVED));
        f.now.boottime_usec += 59 * SEC;
        assert_null(summary(&f));
        assert_int_equal(outbox_summary_due(&f.outbox), 560 * SEC);
        f.now.boottime_usec += SEC;
        assert_string_equal(summary(&f), "1 new leak, 1 resolved leak of uid 1000 not reported one "
                                         "by one (MaxPerMinute=1)");
        assert_true(admit(&f, LEDGER_CHANGE_LEAKED));
        outbox_deinit(&f.outbox);
        fair_shares_deinit(&f.shares);
}

static void test_no_limit_but_a_full_outbox(void **state)
{
        struct fixture_outbox f;
        unsigned n = 0;

        outbox_fixture(&f, 0);
        for (; admit(&f, LEDGER_CHANGE_LEAKED); n++) {
                struct report *r = report_new(LEDGER_CHANGE_LEAKED, &f.now, n);
                r->share = strdup("uid 1000");
                assert_int_equal(outbox_add(&f.outbox, r), 0);
        }
        /* Half of it: the other half is for others. */
        assert_int_equal(n, OUTBOX_MAX / 2);
        while (f.outbox.n < OUTBOX_MAX + OUTBOX_ROOM_OF_HOST)
                assert_int_equal(
                        outbox_add(&f.outbox, report_new(LEDGER_CHANGE_SCAN_FAILED, &f.now, 0)), 0);
        /* No room for a summary either; it comes when there is. */
        assert_null(summary(&f));
        outbox_drop(&f.outbox, 1, 2);
        assert_int_equal(f.outbox.reports[0]->sequence, 0);
        assert_int_equal(f.outbox.reports[1]->sequence, 3);
        assert_int_equal(f.share->n_waiting, OUTBOX_MAX / 2 - 2);
        assert_non_null(summary(&f));
        outbox_deinit(&f.outbox);
        fair_shares_deinit(&f.shares);
}

/* @n orphans of @uid, numbered from @first on, each held by a process of its own. */
static void add_orphans(struct census *c, uid_t uid, unsigned first, unsigned n)
{
        for (unsigned k = 0; k < n; k++) {
                struct netns *ns = test_orphan(c, 1000000 + first + k, 1 + first + k,
                                               (pid_t)(100 + first + k));
                ns->has_owner = true;
                ns->charged_uid = ns->owner_uid = uid;
        }
}

/* The kernel says that those of add_orphans() are gone. */
static void add_gone(struct census *c, unsigned first, unsigned n)
{
        for (unsigned k = 0; k < n; k++)
                test_absent(c, 1000000 + first + k, 1 + first + k, NETNS_PRESENCE_GONE);
}

/* So many reports on namespaces of @share wait, of this kind. */
static unsigned count_reports(const struct fixture *f, const char *share,
                              enum ledger_change_kind kind)
{
        const struct outbox *o = ledger_outbox(f->ledger);
        unsigned n = 0;

        for (size_t i = 0; i < o->n; i++)
                n += o->reports[i]->kind == kind && o->reports[i]->share &&
                     strcmp(o->reports[i]->share, share) == 0;
        return n;
}

static struct census *crowd(void)
{
        struct census *c = test_census();
        add_orphans(c, 65534, 0, 5000);
        return c;
}

static void test_a_full_share_costs_nobody_an_alert(void **state)
{
        _fixture_ struct fixture f;

        fixture_init(&f, NULL);
        for (int i = 0; i < 3; i++)
                fixture_scan(&f, 120 * SEC, crowd());
        assert_int_equal(ledger_count(f.ledger), LEDGER_ENTRIES_EACH);
        /* Another's leak, behind all of them, while all their alerts of this minute are used up. */
        for (int i = 0; i < 2; i++) {
                struct census *c = crowd();
                add_orphans(c, 1000, 9000, 3);
                fixture_scan(&f, i ? 120 * SEC : SEC, c);
        }
        assert_int_equal(count_reports(&f, "uid 1000", LEDGER_CHANGE_LEAKED), 3);
        assert_int_equal(ledger_count(f.ledger), LEDGER_ENTRIES_EACH + 3);
        assert_int_equal(count_reports(&f, "uid 65534", LEDGER_CHANGE_LEAKED), 60);
}

static void test_what_is_over_a_share_is_counted_and_told(void **state)
{
        _fixture_ struct fixture f;

        fixture_init(&f, NULL);
        fixture_scan(&f, 0, crowd());
        assert_int_equal(ledger_outbox(f.ledger)->n, 0);
        fixture_scan(&f, 120 * SEC, crowd());
        assert_int_equal(count_reports(&f, "uid 65534", LEDGER_CHANGE_HELD_BACK), 1);
        assert_int_equal(last_report(&f)->held_leaked, LEDGER_ENTRIES_EACH - 60);
        assert_int_equal(last_report(&f)->unkept, 5000 - LEDGER_ENTRIES_EACH);
        assert_string_equal(last_report(&f)->detail,
                            "1988 new leaks of uid 65534 not reported one by one "
                            "(MaxPerMinute=60); 2952 orphaned namespaces of uid 65534 only "
                            "counted, beyond the 2048 that are followed");
        /* Nothing new: nothing is told. */
        fixture_sent(&f);
        fixture_scan(&f, 120 * SEC, crowd());
        assert_int_equal(ledger_outbox(f.ledger)->n, 0);
        /* More of them is news. */
        struct census *c = crowd();
        add_orphans(c, 65534, 6000, 7);
        fixture_scan(&f, 120 * SEC, c);
        assert_int_equal(ledger_outbox(f.ledger)->n, 1);
        assert_int_equal(last_report(&f)->unkept, 5007 - LEDGER_ENTRIES_EACH);
        /* They are followed as soon as there is room. */
        fixture_sent(&f);
        c = test_census();
        add_gone(c, 0, 5000);
        add_orphans(c, 65534, 6000, 7);
        fixture_scan(&f, 120 * SEC, c);
        c = test_census();
        add_orphans(c, 65534, 6000, 7);
        fixture_scan(&f, 120 * SEC, c);
        assert_int_equal(ledger_count(f.ledger), 7);
        assert_int_equal(ledger_count_state(f.ledger, LEDGER_LEAKED, NULL), 7);
}

/* As long as a summary cannot be made, nothing counts as told; then it is told one by one, or in
 * sum. */
static void test_held_back_is_told_later(void **state)
{
        const struct ledger_settings settings = {.grace_usec = 120 * SEC, .max_per_minute = 2};
        _fixture_ struct fixture f;
        unsigned told = 0, summed = 0;

        fixture_init(&f, &settings);
        for (int i = 0; i < 2; i++) {
                struct census *c = test_census();
                add_orphans(c, 1000, 0, 3);
                fixture_scan(&f, 120 * SEC, c);
        }
        /* Two alerts and the summary of one. Four more leak in the same minute. */
        assert_int_equal(ledger_outbox(f.ledger)->n, 3);
        assert_int_equal(last_report(&f)->held_leaked, 1);
        fixture_sent(&f);
        struct ledger_settings none = settings;
        none.grace_usec = 0;
        assert_int_equal(ledger_configure(f.ledger, &none, &f.now), 0);
        for (int i = 0; i < 2; i++) {
                struct census *c = test_census();
                add_orphans(c, 1000, 0, 7);
                fixture_scan(&f, SEC, c);
        }
        assert_int_equal(ledger_outbox(f.ledger)->n, 0);
        for (size_t i = 3; i < 7; i++) {
                assert_int_equal(ledger_get(f.ledger, i)->state, LEDGER_LEAKED);
                assert_false(ledger_get(f.ledger, i)->told);
        }
        /* One ends before anybody heard of it. */
        for (int i = 0; i < 2; i++) {
                struct census *c = test_census();
                add_orphans(c, 1000, 0, 6);
                add_gone(c, 6, 1);
                fixture_scan(&f, 60 * SEC, c);
        }
        const struct outbox *o = ledger_outbox(f.ledger);
        for (size_t i = 0; i < o->n; i++) {
                told += o->reports[i]->kind == LEDGER_CHANGE_LEAKED;
                summed += o->reports[i]->held_leaked;
                assert_int_not_equal(o->reports[i]->kind, LEDGER_CHANGE_RESOLVED);
        }
        assert_int_equal(told, 2);
        assert_int_equal(summed, 1);
        for (size_t i = 0; i < ledger_count(f.ledger); i++)
                assert_true(ledger_get(f.ledger, i)->told);
}

/* Subscribers hear of a leak once, whether the journal does now or later. */
static void test_a_late_alert_is_no_second_change(void **state)
{
        const struct ledger_settings settings = {.max_per_minute = 1};
        _fixture_ struct fixture f;
        unsigned leaked = 0;

        fixture_init(&f, &settings);
        for (int i = 0; i < 10; i++) {
                struct census *c = test_census();
                size_t n;
                add_orphans(c, 1000, 0, 5);
                fixture_scan(&f, 30 * SEC, c);
                const struct ledger_change *changes = ledger_changes(f.ledger, &n);
                for (size_t k = 0; k < n; k++)
                        leaked += changes[k].kind == LEDGER_CHANGE_LEAKED;
        }
        assert_int_equal(leaked, 5);
}

/* Many shares with much to tell divide what all of them may, and one more gets its part. */
static void test_many_shares_divide_the_minute(void **state)
{
        _fixture_ struct fixture f;
        unsigned all = 0;

        fixture_init(&f, NULL);
        for (int i = 0; i < 2; i++) {
                struct census *c = test_census();
                for (uid_t uid = 1; uid <= 20; uid++)
                        add_orphans(c, uid, uid * 200, 100);
                add_orphans(c, 4242, 900000, 1);
                fixture_scan(&f, 120 * SEC, c);
        }
        for (uid_t uid = 1; uid <= 20; uid++) {
                char name[FAIR_SHARE_NAME_MAX];
                all += count_reports(&f, fair_share_name_of_uid(name, uid), LEDGER_CHANGE_LEAKED);
        }
        assert_true(all <= 60 * OUTBOX_SHARES + 20 * 5);
        assert_int_equal(count_reports(&f, "uid 4242", LEDGER_CHANGE_LEAKED), 1);
}

/* While the journal is away, one share does not take the place of all. */
static void test_the_outbox_has_room_for_others(void **state)
{
        const struct ledger_settings settings = {.grace_usec = SEC};
        _fixture_ struct fixture f;

        fixture_init(&f, &settings);
        for (int i = 0; i < 6; i++) {
                struct census *c = test_census();
                /* Others each time: all of them alerts, then ends. */
                add_orphans(c, 65534, (unsigned)(i / 2) * 3000, 2000);
                if (i >= 2)
                        add_gone(c, (unsigned)(i / 2 - 1) * 3000, 2000);
                fixture_scan(&f, 60 * SEC, c);
        }
        assert_true(ledger_outbox(f.ledger)->n <= OUTBOX_MAX / 2 + 10);
        for (int i = 0; i < 2; i++) {
                struct census *c = test_census();
                add_orphans(c, 1000, 90000, 50);
                fixture_scan(&f, 60 * SEC, c);
        }
        assert_int_equal(count_reports(&f, "uid 1000", LEDGER_CHANGE_LEAKED), 50);
}

static void test_holders_have_shares(void **state)
{
        _fixture_ struct fixture f;
        uint64_t kept = 0, total = 0;

        fixture_init(&f, NULL);
        for (int i = 0; i < 2; i++) {
                struct census *c = test_census();
                struct process *p = test_process(c, 100, 1000, "leaker", NULL);
                for (unsigned k = 0; k < 1000; k++) {
                        struct netns *ns = test_netns(c, 1000 + k, 1 + k, VERDICT_ORPHANED);
                        ns->has_owner = true;
                        ns->charged_uid = 65534;
                        for (int fd = 0; fd < CENSUS_LISTED_MAX; fd++)
                                test_hold(ns, test_socket(p, fd, 5000 + (uint64_t)fd));
                }
                add_orphans(c, 1000, 90000, 1);
                fixture_scan(&f, 60 * SEC, c);
        }
        for (size_t i = 0; i < ledger_count(f.ledger); i++) {
                const struct ledger_entry *e = ledger_get(f.ledger, i);
                assert_true(e->n_holders >= 1);
                kept += e->n_holders;
                total += e->n_holders_total;
        }
        assert_int_equal(total, 64001);
        assert_true(kept < LEDGER_HOLDERS_EACH + 1000 * LEDGER_HOLDERS_LEAST + CENSUS_LISTED_MAX);
}

static void test_shares_survive_a_restart(void **state)
{
        _fixture_ struct fixture f, g;
        _cleanup_free_ char *text = NULL, *again = NULL;
        struct error error;
        size_t n, m;

        fixture_init(&f, NULL);
        for (int i = 0; i < 2; i++)
                fixture_scan(&f, 120 * SEC, crowd());
        text = ledger_state_format(f.ledger, "boot", 1, &n);
        fixture_init(&g, NULL);
        assert_int_equal(ledger_state_parse(g.ledger, text, n, "boot", 1, &error), 0);
        again = ledger_state_format(g.ledger, "boot", 1, &m);
        assert_string_equal(text, again);
        /* What was told is told, and the minute goes on. */
        g.now = f.now;
        fixture_sent(&g);
        fixture_scan(&g, SEC, crowd());
        assert_int_equal(ledger_outbox(g.ledger)->n, 0);
        struct census *c = crowd();
        add_orphans(c, 65534, 6000, 1);
        fixture_scan(&g, SEC, c);
        assert_int_equal(ledger_outbox(g.ledger)->n, 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_storm),
                cmocka_unit_test(test_summary_once_a_minute),
                cmocka_unit_test(test_no_limit_but_a_full_outbox),
                cmocka_unit_test(test_a_full_share_costs_nobody_an_alert),
                cmocka_unit_test(test_what_is_over_a_share_is_counted_and_told),
                cmocka_unit_test(test_held_back_is_told_later),
                cmocka_unit_test(test_a_late_alert_is_no_second_change),
                cmocka_unit_test(test_many_shares_divide_the_minute),
                cmocka_unit_test(test_the_outbox_has_room_for_others),
                cmocka_unit_test(test_holders_have_shares),
                cmocka_unit_test(test_shares_survive_a_restart),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
