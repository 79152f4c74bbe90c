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

/* Nothing but time makes a leak end that nobody has seen. */
static void expect_gone_after_two(struct fixture *f)
{
        expect(f, test_census(), false);
        assert_true(ledger_get(f->ledger, 0)->unconfirmed);
        expect(f, test_census(), true);
}

static void test_two_censuses_that_saw_all_there_is(void **state)
{
        _fixture_ struct fixture f;

        fixture_init(&f, NULL);
        fixture_leak(&f, 100);
        expect_gone_after_two(&f);
}

/* Whatever was not seen, and of whomever: a file goes from any process to any other. */
static void test_a_view_with_a_gap_proves_nothing(void **state)
{
        for (enum coverage_gap gap = 0; gap < _COVERAGE_GAP_MAX; gap++)
                for (pid_t pid = 100; pid <= 101; pid++) {
                        _fixture_ struct fixture f;
                        fixture_init(&f, NULL);
                        fixture_leak(&f, 100);
                        for (int i = 0; i < 4; i++) {
                                struct census *c = test_census();
                                test_blind(c, pid, gap);
                                expect(&f, c, false);
                        }
                        expect_gone_after_two(&f);
                }
}

static void test_a_gap_in_between(void **state)
{
        _fixture_ struct fixture f;
        struct census *c = test_census();

        fixture_init(&f, NULL);
        fixture_leak(&f, 100);
        expect(&f, test_census(), false);
        test_blind(c, 1, GAP_PROCESS_UNREADABLE);
        expect(&f, c, false);
        expect_gone_after_two(&f);
}

static void test_seen_in_between(void **state)
{
        _fixture_ struct fixture f;

        fixture_init(&f, NULL);
        fixture_leak(&f, 100);
        expect(&f, test_census(), false);
        expect(&f, one_orphan(200), false);
        assert_false(ledger_get(f.ledger, 0)->unconfirmed);
        expect_gone_after_two(&f);
}

static void test_a_failed_scan_in_between(void **state)
{
        _fixture_ struct fixture f;

        fixture_init(&f, NULL);
        fixture_leak(&f, 100);
        expect(&f, test_census(), false);
        assert_int_equal(ledger_scan_failed(f.ledger, "no memory", &f.now), 1);
        expect(&f, test_census(), true);
}

static void test_the_kernel_says_gone(void **state)
{
        _fixture_ struct fixture f;
        struct census *c = none_left();

        fixture_init(&f, NULL);
        fixture_leak(&f, 100);
        test_blind(c, 100, GAP_PROCESS_UNREADABLE);
        test_blind(c, 1, GAP_IN_FLIGHT_OFF);
        expect(&f, c, true);
}

static void test_the_kernel_says_there(void **state)
{
        _fixture_ struct fixture f;

        fixture_init(&f, NULL);
        fixture_leak(&f, 100);
        for (int i = 0; i < 5; i++) {
                struct census *c = test_census();
                test_absent(c, 4000, 7, NETNS_PRESENCE_THERE);
                expect(&f, c, false);
                assert_true(ledger_get(f.ledger, 0)->unconfirmed);
        }
        expect(&f, none_left(), true);
}

static void test_the_kernel_speaks_of_another(void **state)
{
        static const uint64_t others[][2] = {{4000, 8}, {4001, 7}, {4000, 0}};

        for (size_t i = 0; i < ARRAY_SIZE(others); i++) {
                _fixture_ struct fixture f;
                struct census *c = test_census();

                fixture_init(&f, NULL);
                fixture_leak(&f, 100);
                test_absent(c, others[i][0], others[i][1], NETNS_PRESENCE_GONE);
                expect(&f, c, false);
        }
}

static struct census *by_bpf(struct census *c)
{
        c->source = "bpf";
        return c;
}

/* BPF finds what is nowhere in procfs: a walk over that, however whole, proves nothing. */
static void test_silence_of_the_other_source(void **state)
{
        _fixture_ struct fixture f;

        fixture_init(&f, NULL);
        fixture_leak(&f, 100);
        expect(&f, by_bpf(one_orphan(100)), false);
        for (int i = 0; i < 4; i++)
                expect(&f, test_census(), false);
        /* Met once by procfs too, it can be missed by it. */
        expect(&f, one_orphan(100), false);
        expect_gone_after_two(&f);
}

/* Its own silence is that of the kernel. */
static void test_silence_of_bpf(void **state)
{
        _fixture_ struct fixture f;

        fixture_init(&f, NULL);
        fixture_leak(&f, 100);
        expect(&f, by_bpf(one_orphan(100)), false);
        expect(&f, by_bpf(test_census()), false);
        expect(&f, by_bpf(test_census()), true);
}

/* A TCP socket goes on sending after its owner has closed it, for some minutes at most. */
static void test_tcp_may_be_closing(void **state)
{
        _fixture_ struct fixture f;
        struct census *c;

        fixture_init(&f, NULL);
        for (int i = 0; i < 2; i++) {
                c = one_orphan(100);
                c->namespaces[0].holders[0].family = AF_INET6;
                c->namespaces[0].holders[0].type = SOCK_STREAM;
                fixture_scan(&f, 120 * SEC, c);
        }
        for (int i = 0; i < 9; i++)
                expect(&f, test_census(), false);
        expect_gone_after_two(&f);
}

/* Proved to be none of the known ones; but this one was not among them any more. */
static void test_a_new_nameless_one_may_be_it(void **state)
{
        _fixture_ struct fixture f;

        fixture_init(&f, NULL);
        fixture_leak(&f, 100);
        for (int i = 0; i < 3; i++) {
                struct census *c = test_census();
                struct netns *ns = test_netns(c, 0, 0, VERDICT_ORPHANED);
                ns->id.nameless = (struct nameless){2000, 7777, 200, HOLDER_PROC_NET_FILE};
                expect(&f, c, false);
        }
        expect_gone_after_two(&f);
}

static void test_a_nameless_one_of_before_is_another(void **state)
{
        _fixture_ struct fixture f;

        fixture_init(&f, NULL);
        for (int i = 0; i < 4; i++) {
                struct census *c = i < 2 ? one_orphan(100) : test_census();
                struct netns *ns = test_netns(c, 0, 0, VERDICT_ORPHANED);
                ns->id.nameless = (struct nameless){2000, 7777, 200, HOLDER_PROC_NET_FILE};
                if (i < 3)
                        fixture_scan(&f, 120 * SEC, c);
                else
                        expect(&f, c, true);
        }
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
        for (int i = 0; i < 2; i++)
                fixture_scan(&f, SEC, test_census());
        assert_int_equal(ledger_count(f.ledger), 0);

        /* A tcp of another number is not of the same one. */
        for (int i = 0; i < 2; i++)
                fixture_scan(&f, 120 * SEC, nameless(100, 5100, "/proc/100/net/tcp"));
        for (int i = 0; i < 2; i++)
                fixture_scan(&f, SEC, nameless(200, 5102, "/proc/200/net/tcp (deleted)"));
        assert_false(knows(&f, 100, 5100));
        assert_true(knows(&f, 200, 5102));
}

static void test_the_number_is_reused(void **state)
{
        _fixture_ struct fixture f;
        struct census *c = test_census();

        /* Even though the holder cannot be seen: one number, one living namespace. */
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

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_two_censuses_that_saw_all_there_is),
                cmocka_unit_test(test_a_view_with_a_gap_proves_nothing),
                cmocka_unit_test(test_a_gap_in_between),
                cmocka_unit_test(test_seen_in_between),
                cmocka_unit_test(test_a_failed_scan_in_between),
                cmocka_unit_test(test_the_kernel_says_gone),
                cmocka_unit_test(test_the_kernel_says_there),
                cmocka_unit_test(test_the_kernel_speaks_of_another),
                cmocka_unit_test(test_silence_of_the_other_source),
                cmocka_unit_test(test_silence_of_bpf),
                cmocka_unit_test(test_tcp_may_be_closing),
                cmocka_unit_test(test_a_new_nameless_one_may_be_it),
                cmocka_unit_test(test_a_nameless_one_of_before_is_another),
                cmocka_unit_test(test_mapped_now_is_the_same_leak),
                cmocka_unit_test(test_a_nameless_leak_gets_its_name),
                cmocka_unit_test(test_the_number_of_a_file_is_reused),
                cmocka_unit_test(test_another_process_has_the_file_too),
                cmocka_unit_test(test_another_file_may_hold_the_same),
                cmocka_unit_test(test_the_number_is_reused),
                cmocka_unit_test(test_the_number_is_reused_by_another_orphan),
                cmocka_unit_test(test_without_cookies),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
