/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What proves that a leak is gone, and what only looks like it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "test-ledger.h"

/* A census without the leak of one_orphan(100), changed by the caller. */
static void expect(struct fixture *f, struct census *c, bool resolved)
{
        fixture_scan(f, 60 * SEC, c);
        const struct ledger_entry *e =
                ledger_find(f->ledger, &(struct netns_identity){4000, 7, {}});
        if (resolved)
                assert_null(e);
        else {
                assert_non_null(e);
                assert_int_equal(e->state, LEDGER_LEAKED);
        }
}

static void test_blind_for_the_holder(void **state)
{
        static const enum coverage_gap gaps[] = {GAP_PROCESS_UNREADABLE, GAP_PROCESS_SKIPPED,
                                                 GAP_FD_REFUSED, GAP_THREAD_FDS, GAP_FAULT};

        for (size_t i = 0; i < ARRAY_SIZE(gaps); i++) {
                _fixture_ struct fixture f;
                struct census *c = test_census();
                fixture_init(&f, NULL);
                fixture_leak(&f, 100);
                test_blind(c, 100, gaps[i]);
                expect(&f, c, false);
        }
}

static void test_blind_for_another(void **state)
{
        _fixture_ struct fixture f;
        struct census *c = test_census();

        fixture_init(&f, NULL);
        fixture_leak(&f, 100);
        test_blind(c, 1, GAP_PROCESS_UNREADABLE);
        test_blind(c, 101, GAP_PROCESS_UNREADABLE);
        expect(&f, c, true);
}

static void test_blind_for_the_next_process_with_that_pid(void **state)
{
        _fixture_ struct fixture f;
        struct census *c = test_census();

        fixture_init(&f, NULL);
        fixture_leak(&f, 100);
        test_blind(c, 100, GAP_PROCESS_UNREADABLE);
        c->blind[0].start_ticks = 99999;
        expect(&f, c, true);
}

static void test_queues_do_not_hide_an_fd(void **state)
{
        _fixture_ struct fixture f;
        struct census *c = test_census();

        fixture_init(&f, NULL);
        fixture_leak(&f, 100);
        test_blind(c, 100, GAP_IN_FLIGHT_OFF);
        expect(&f, c, true);
}

static void test_queues_hide_what_is_in_flight(void **state)
{
        _fixture_ struct fixture f;
        struct census *c;

        fixture_init(&f, NULL);
        for (int i = 0; i < 2; i++) {
                c = one_orphan(100);
                c->namespaces[0].holders[0].kind = HOLDER_SOCKET_IN_FLIGHT;
                c->namespaces[0].holders[0].carried = HOLDER_SOCKET;
                fixture_scan(&f, 120 * SEC, c);
        }
        c = test_census();
        test_blind(c, 100, GAP_IN_FLIGHT_OFF);
        expect(&f, c, false);
        expect(&f, test_census(), true);
}

static void test_hidden_processes_prove_nothing(void **state)
{
        _fixture_ struct fixture f;
        struct census *c = test_census();

        fixture_init(&f, NULL);
        fixture_leak(&f, 100);
        c->coverage.gaps[GAP_HIDDEN_PROCESSES].count = 1;
        expect(&f, c, false);
}

static void test_a_fault_of_nobody_proves_nothing(void **state)
{
        _fixture_ struct fixture f;
        struct census *c = test_census();

        fixture_init(&f, NULL);
        fixture_leak(&f, 100);
        c->coverage.gaps[GAP_FAULT] = (struct coverage_count){1, 0, EMFILE};
        expect(&f, c, false);
}

static void test_all_holders_must_be_gone(void **state)
{
        _fixture_ struct fixture f;
        struct census *c;

        fixture_init(&f, NULL);
        for (int i = 0; i < 2; i++) {
                c = one_orphan(100);
                test_hold(&c->namespaces[0],
                          test_socket(test_process(c, 200, 2000, "second", NULL), 9, 5200));
                fixture_scan(&f, 120 * SEC, c);
        }
        c = test_census();
        test_blind(c, 200, GAP_PROCESS_UNREADABLE);
        expect(&f, c, false);
        expect(&f, test_census(), true);
}

static void test_still_held_by_an_unresolved_holder(void **state)
{
        _fixture_ struct fixture f;
        struct census *c = test_census();

        /* The same socket, but its namespace could not be read this time. */
        fixture_init(&f, NULL);
        fixture_leak(&f, 100);
        c->unresolved = calloc(1, sizeof(*c->unresolved));
        c->unresolved[c->n_unresolved++] =
                test_socket(test_process(c, 300, 3000, "third", NULL), 4, 5100);
        expect(&f, c, false);
}

static void test_mapped_now_is_the_same_leak(void **state)
{
        _fixture_ struct fixture f;
        struct census *c = test_census();
        struct netns *ns = test_netns(c, 0, 0, VERDICT_ORPHANED);
        struct holder h = test_socket(test_process(c, 100, 1000, "leaker", NULL), -1, 5100);

        fixture_init(&f, NULL);
        fixture_leak(&f, 100);
        ns->id.nameless = (struct nameless){1000, 5100, 100, HOLDER_SOCKET_MAPPING};
        h.kind = HOLDER_SOCKET_MAPPING;
        test_hold(ns, h);
        expect(&f, c, false);
        assert_int_equal(ledger_count(f.ledger), 1);
        assert_int_equal(ledger_get(f.ledger, 0)->holders[0].kind, HOLDER_SOCKET_MAPPING);
}

static void test_a_nameless_leak_gets_its_name(void **state)
{
        _fixture_ struct fixture f;
        struct census *c;

        fixture_init(&f, NULL);
        for (int i = 0; i < 2; i++) {
                c = one_orphan(100);
                c->namespaces[0].id = (struct netns_identity){
                        .nameless = {1000, 5100, 100, HOLDER_SOCKET_MAPPING}};
                fixture_scan(&f, 120 * SEC, c);
        }
        fixture_sent(&f);
        expect(&f, one_orphan(100), false);
        assert_int_equal(ledger_count(f.ledger), 1);
        assert_false(netns_is_nameless(&ledger_get(f.ledger, 0)->id));
        /* The same leak: no second alert. */
        assert_int_equal(ledger_outbox(f.ledger)->n, 0);
}

/* A census with one orphan that is known by a file below /proc/…/net which process @pid has open.
 */
static struct census *nameless(pid_t pid, uint64_t file_inode, const char *path)
{
        struct census *c = test_census();
        struct netns *ns = test_netns(c, 0, 0, VERDICT_ORPHANED);
        struct holder h = HOLDER_OF(pid, pid, 3);

        ns->id.nameless =
                (struct nameless){(uint64_t)pid * 10, file_inode, pid, HOLDER_PROC_NET_FILE};
        h.kind = HOLDER_PROC_NET_FILE;
        h.file_inode = file_inode;
        h.path = strdup(path);
        h.process = test_process(c, pid, (uint64_t)pid * 10, "reader", NULL);
        test_hold(ns, h);
        return c;
}

static bool knows(const struct fixture *f, pid_t pid, uint64_t file_inode)
{
        return ledger_find(f->ledger,
                           &(struct netns_identity){.nameless = {(uint64_t)pid * 10, file_inode,
                                                                 pid, HOLDER_PROC_NET_FILE}});
}

static void leak_nameless(struct fixture *f)
{
        fixture_init(f, NULL);
        for (int i = 0; i < 2; i++)
                fixture_scan(f, 120 * SEC, nameless(100, 5100, "/proc/100/net/tcp"));
        assert_true(knows(f, 100, 5100));
}

static void test_the_number_of_a_file_is_reused(void **state)
{
        _fixture_ struct fixture f;

        leak_nameless(&f);
        /* Another process, another namespace: the leak is over, and this is a new one. */
        fixture_scan(&f, SEC, nameless(200, 5100, "/proc/200/net/dev"));
        assert_true(knows(&f, 200, 5100));
        assert_int_equal(ledger_get(f.ledger, ledger_count(f.ledger) - 1)->state, LEDGER_SUSPECTED);
}

static void test_another_process_has_the_file_too(void **state)
{
        _fixture_ struct fixture f;
        struct census *c = nameless(100, 5100, "/proc/100/net/tcp");
        struct holder h = c->namespaces[0].holders[0];

        leak_nameless(&f);
        h.pid = h.tid = 200;
        h.path = strdup(h.path);
        h.process = test_process(c, 200, 2000, "reader", NULL);
        test_hold(&c->namespaces[0], h);
        fixture_scan(&f, SEC, c);
        /* The first ends: the same leak is known by the second from now on. */
        fixture_scan(&f, SEC, nameless(200, 5100, "/proc/200/net/tcp"));
        assert_int_equal(ledger_count(f.ledger), 1);
        assert_true(knows(&f, 200, 5100));
        assert_int_equal(ledger_get(f.ledger, 0)->state, LEDGER_LEAKED);
}

static void test_another_file_may_hold_the_same(void **state)
{
        _fixture_ struct fixture f;

        leak_nameless(&f);
        /* Whether what another process's udp is of is the same, nobody can tell. */
        fixture_scan(&f, SEC, nameless(200, 5101, "/proc/200/net/udp"));
        assert_true(knows(&f, 100, 5100));
        assert_true(knows(&f, 200, 5101));
        fixture_scan(&f, SEC, test_census());
        assert_int_equal(ledger_count(f.ledger), 0);

        /* A tcp of another number is not of the same one. */
        for (int i = 0; i < 2; i++)
                fixture_scan(&f, 120 * SEC, nameless(100, 5100, "/proc/100/net/tcp"));
        fixture_scan(&f, SEC, nameless(200, 5102, "/proc/200/net/tcp (deleted)"));
        assert_false(knows(&f, 100, 5100));
        assert_true(knows(&f, 200, 5102));
}

static void test_the_number_is_reused(void **state)
{
        _fixture_ struct fixture f;
        struct census *c = test_census();

        /* Even though the holder can not be seen: one number, one living namespace. */
        fixture_init(&f, NULL);
        fixture_leak(&f, 100);
        test_netns(c, 4000, 8, VERDICT_ATTACHED);
        test_blind(c, 100, GAP_PROCESS_UNREADABLE);
        expect(&f, c, true);
}

static void test_the_number_is_reused_by_another_orphan(void **state)
{
        _fixture_ struct fixture f;
        struct census *c = test_census();

        fixture_init(&f, NULL);
        fixture_leak(&f, 100);
        test_orphan(c, 4000, 8, 200);
        fixture_scan(&f, 60 * SEC, c);
        assert_int_equal(fixture_change(&f, 0), LEDGER_CHANGE_RESOLVED);
        assert_int_equal(fixture_change(&f, 1), LEDGER_CHANGE_SUSPECTED);
        assert_int_equal(ledger_count(f.ledger), 1);
        assert_int_equal(ledger_get(f.ledger, 0)->id.cookie, 8);
        assert_int_equal(ledger_get(f.ledger, 0)->state, LEDGER_SUSPECTED);
}

static struct census *without_cookie(struct census *c)
{
        c->cookies = false;
        for (size_t i = 0; i < c->n_namespaces; i++)
                c->namespaces[i].id.cookie = 0;
        return c;
}

static void test_without_cookies(void **state)
{
        _fixture_ struct fixture f;
        const struct ledger_entry *e;

        fixture_init(&f, NULL);
        fixture_scan(&f, 0, without_cookie(one_orphan(100)));
        fixture_scan(&f, 120 * SEC, without_cookie(one_orphan(100)));
        assert_int_equal(fixture_change(&f, 0), LEDGER_CHANGE_LEAKED);
        /* The same number with strangers as holders, and the old one gone: another namespace. */
        fixture_scan(&f, 60 * SEC, without_cookie(one_orphan(200)));
        assert_int_equal(fixture_change(&f, 0), LEDGER_CHANGE_RESOLVED);
        assert_int_equal(fixture_change(&f, 1), LEDGER_CHANGE_SUSPECTED);
        assert_int_equal(ledger_find_inode(f.ledger, 4000, &e), 0);
        assert_int_equal(e->holders[0].pid, 200);
}

/* More holders than are listed: whoever went blind since may be one of the others. */
static void test_unlisted_holders(void **state)
{
        _fixture_ struct fixture f;
        struct census *c;

        fixture_init(&f, NULL);
        for (int i = 0; i < 2; i++) {
                c = one_orphan(100);
                c->namespaces[0].count[HOLDER_SOCKET] = 1000;
                test_blind(c, 1, GAP_PROCESS_UNREADABLE);
                fixture_scan(&f, 120 * SEC, c);
        }
        c = test_census();
        test_blind(c, 1, GAP_PROCESS_UNREADABLE);
        test_blind(c, 50, GAP_PROCESS_UNREADABLE);
        expect(&f, c, false);
        c = test_census();
        test_blind(c, 1, GAP_PROCESS_UNREADABLE);
        expect(&f, c, true);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_blind_for_the_holder),
                cmocka_unit_test(test_blind_for_another),
                cmocka_unit_test(test_blind_for_the_next_process_with_that_pid),
                cmocka_unit_test(test_queues_do_not_hide_an_fd),
                cmocka_unit_test(test_queues_hide_what_is_in_flight),
                cmocka_unit_test(test_hidden_processes_prove_nothing),
                cmocka_unit_test(test_a_fault_of_nobody_proves_nothing),
                cmocka_unit_test(test_all_holders_must_be_gone),
                cmocka_unit_test(test_still_held_by_an_unresolved_holder),
                cmocka_unit_test(test_mapped_now_is_the_same_leak),
                cmocka_unit_test(test_a_nameless_leak_gets_its_name),
                cmocka_unit_test(test_the_number_of_a_file_is_reused),
                cmocka_unit_test(test_another_process_has_the_file_too),
                cmocka_unit_test(test_another_file_may_hold_the_same),
                cmocka_unit_test(test_the_number_is_reused),
                cmocka_unit_test(test_the_number_is_reused_by_another_orphan),
                cmocka_unit_test(test_without_cookies),
                cmocka_unit_test(test_unlisted_holders),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
