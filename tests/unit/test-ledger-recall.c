/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "ledger/share.h"
#include "test-birth.h"
#include "test-ledger.h"

static struct holder *first(struct census *c)
{
        return &c->namespaces[0].holders[0];
}

/* Gives @c to the ledger; whether the birth of its first holder is known then, in both. */
static bool is_known(struct fixture *f, struct census *c)
{
        fixture_pass(f, 60 * SEC);
        assert_true(ledger_update(f->ledger, c, &f->now) >= 0);
        const struct birth *b = first(c)->birth;
        assert_ptr_equal(ledger_find(f->ledger, &c->namespaces[0].id)->holders[0].birth, b);
        if (b)
                assert_string_equal(b->comm, "dockerd");
        census_free(c);
        return b;
}

static void init(struct fixture *f, uint64_t cookie)
{
        struct census *c = one_orphan(100);

        fixture_init(f, NULL);
        first(c)->socket_cookie = cookie;
        first(c)->birth = test_birth();
        assert_true(is_known(f, c));
}

/* The kernel's notes are gone: what is known stays known, whoever has the socket by then. */
static void test_by_cookie(void **state)
{
        _fixture_ struct fixture f;
        struct census *c = one_orphan(200);

        init(&f, 700);
        first(c)->socket_cookie = 700;
        first(c)->socket_inode = 1;
        assert_true(is_known(&f, c));
        c = one_orphan(200);
        first(c)->socket_cookie = 701;
        assert_false(is_known(&f, c));
}

/* A scan by procfs has no cookies: the same process, fd and number, in the same namespace. */
static void test_by_place(void **state)
{
        _fixture_ struct fixture f;
        struct census *c;

        init(&f, 700);
        assert_true(is_known(&f, one_orphan(100)));
        c = one_orphan(100);
        c->namespaces[0].id = (struct netns_identity){4001, 8, {}};
        assert_false(is_known(&f, c));
        assert_true(is_known(&f, one_orphan(100)));
        c = one_orphan(100);
        first(c)->fd++;
        assert_false(is_known(&f, c));
}

/* What this census says itself counts. */
static void test_the_latest_counts(void **state)
{
        _fixture_ struct fixture f;
        struct census *c = one_orphan(100);
        struct birth *b = test_birth();

        init(&f, 700);
        first(c)->socket_cookie = 700;
        first(c)->birth = b;
        fixture_scan(&f, 60 * SEC, c);
        assert_ptr_equal(ledger_get(f.ledger, 0)->holders[0].birth, b);
}

/* A stack that was made out while its process ran is better than its addresses; and names that are
 * found out later are news. */
static void test_the_better_stack_counts(void **state)
{
        _fixture_ struct fixture f;
        struct census *c = one_orphan(100);
        struct birth *bare = test_birth();

        init(&f, 700);
        for (size_t i = 0; i < bare->n_frames; i++) {
                free(bare->frames[i].function);
                bare->frames[i].function = NULL;
        }
        first(c)->socket_cookie = 700;
        first(c)->birth = birth_ref(bare);
        assert_int_equal(fixture_scan(&f, SEC, c), 0);
        assert_non_null(ledger_get(f.ledger, 0)->holders[0].birth->frames[4].function);
        /* The other way round. */
        _fixture_ struct fixture g;
        fixture_init(&g, NULL);
        c = one_orphan(100);
        first(c)->socket_cookie = 700;
        first(c)->birth = bare;
        assert_int_equal(fixture_scan(&g, SEC, c), 1);
        c = one_orphan(100);
        first(c)->socket_cookie = 700;
        first(c)->birth = test_birth();
        assert_int_equal(fixture_scan(&g, SEC, c), 1);
        assert_int_equal(fixture_change(&g, 0), LEDGER_CHANGE_UPDATED);
        assert_non_null(ledger_get(g.ledger, 0)->holders[0].birth->frames[4].function);
}

/* That a birth is known is a change, which is written and told; that it is forgotten is none. */
static void test_a_birth_is_news(void **state)
{
        _fixture_ struct fixture f;
        struct census *c = one_orphan(100);

        fixture_init(&f, NULL);
        assert_int_equal(fixture_scan(&f, 0, one_orphan(100)), 1);
        assert_int_equal(fixture_scan(&f, 60 * SEC, one_orphan(100)), 0);
        first(c)->birth = test_birth();
        assert_int_equal(fixture_scan(&f, SEC, c), 1);
        assert_int_equal(fixture_change(&f, 0), LEDGER_CHANGE_UPDATED);
        assert_int_equal(fixture_scan(&f, SEC, one_orphan(100)), 0);
}

/* So many of an entry, and of a share; the census keeps its own. */
static void test_bounds(void **state)
{
        _fixture_ struct fixture f;
        struct census *c = test_census();
        const unsigned each = LEDGER_BIRTHS_ENTRY + 4,
                       n = LEDGER_BIRTHS_EACH / LEDGER_BIRTHS_ENTRY + 8;
        size_t kept = 0;

        fixture_init(&f, NULL);
        for (unsigned i = 0; i < n; i++) {
                struct process *p = test_process(c, 100, 1000, "leaker", "leaker.service");
                struct netns *ns = test_netns(c, 4000 + i, 7 + i, VERDICT_ORPHANED);
                for (unsigned k = 0; k < each; k++) {
                        struct holder h = test_socket(p, (int)k, 5000 + i * each + k);
                        h.socket_cookie = 1 + i * each + k;
                        h.birth = test_birth();
                        test_hold(ns, h);
                }
        }
        for (int round = 0; round < 3; round++) {
                fixture_pass(&f, SEC);
                assert_true(ledger_update(f.ledger, c, &f.now) >= 0);
                kept = 0;
                for (size_t i = 0; i < ledger_count(f.ledger); i++) {
                        const struct ledger_entry *e = ledger_get(f.ledger, i);
                        size_t own = 0;
                        for (size_t k = 0; k < e->n_holders; k++)
                                own += e->holders[k].birth != NULL;
                        assert_true(own <= LEDGER_BIRTHS_ENTRY);
                        kept += own;
                }
                assert_int_equal(kept, LEDGER_BIRTHS_EACH);
                assert_non_null(c->namespaces[n - 1].holders[each - 1].birth);
        }
        census_free(c);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_by_cookie),
                cmocka_unit_test(test_by_place),
                cmocka_unit_test(test_the_latest_counts),
                cmocka_unit_test(test_the_better_stack_counts),
                cmocka_unit_test(test_a_birth_is_news),
                cmocka_unit_test(test_bounds),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
