/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "nsorphanctl/leaks.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "test-census.h"

/* When the census before began; processes of test-census.h begin at pid / 10 s. */
#define START_USEC (100 * USEC_PER_SEC)
#define OLD        411
#define YOUNG      ((pid_t)(START_USEC / USEC_PER_SEC * (uint64_t)sysconf(_SC_CLK_TCK) / 10 + 10))

struct pair {
        struct census *before, *after;
};

enum state { ABSENT, ATTACHED, NAMED, ORPHANED, UNNAMED, EMPTY };

static struct pair pair_new(void)
{
        struct pair p = {test_census(), test_census()};

        p.before->start_boottime_usec = START_USEC;
        return p;
}

static void pair_free(struct pair *p)
{
        census_free(p->before);
        census_free(p->after);
}

static void add(struct census *c, uint64_t inode, uint64_t cookie, enum state state, pid_t pid)
{
        if (state == ABSENT)
                return;
        struct netns *ns = test_orphan(c, inode, cookie, pid);
        ns->verdict = state == ATTACHED   ? VERDICT_ATTACHED
                      : state == ORPHANED ? VERDICT_ORPHANED
                                          : VERDICT_PINNED;
        ns->unnamed = state == UNNAMED;
        ns->empty = state == EMPTY;
}

/* What is said of a namespace that was the one and is the other. */
static enum leaks_kind found(enum state before, enum state after)
{
        struct pair p = pair_new();
        struct leaks l = {};

        add(p.before, 5, 10, before, OLD);
        add(p.after, 5, 10, after, OLD);
        assert_int_equal(leaks_find(p.before, p.after, &l), 0);
        assert_in_range(l.n, 0, 1);
        enum leaks_kind kind = l.n > 0 ? l.list[0].kind : LEAKS_NONE;
        if (l.n > 0) {
                assert_true(l.list[0].counts);
                assert_ptr_equal(l.list[0].netns, &p.after->namespaces[0]);
                assert_ptr_equal(l.list[0].before,
                                 before == ABSENT ? NULL : &p.before->namespaces[0]);
        }
        leaks_deinit(&l);
        pair_free(&p);
        return kind;
}

static void test_each_change(void **state)
{
        static const enum state after[] = {ABSENT, ATTACHED, NAMED, ORPHANED, UNNAMED, EMPTY};
        static const struct {
                enum state before;
                const char *expected; /* a letter for each: - none, O, U, E */
        } rows[] = {
                {ABSENT, "---OUE"},   {ATTACHED, "---OU-"}, {NAMED, "---OU-"},
                {ORPHANED, "------"}, {UNNAMED, "------"},  {EMPTY, "------"},
        };
        static const char letters[] = {[LEAKS_NONE] = '-',
                                       [LEAKS_ORPHANED] = 'O',
                                       [LEAKS_UNNAMED] = 'U',
                                       [LEAKS_EMPTY] = 'E'};

        for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
                for (size_t k = 0; k < ARRAY_SIZE(after); k++)
                        assert_int_equal(letters[found(rows[i].before, after[k])],
                                         rows[i].expected[k]);
}

static void test_words(void **state)
{
        assert_string_equal(leaks_kind_to_string(LEAKS_ORPHANED), "orphaned");
        assert_string_equal(leaks_kind_to_string(LEAKS_UNNAMED), "unnamed");
        assert_string_equal(leaks_kind_to_string(LEAKS_EMPTY), "empty");
        assert_null(leaks_kind_to_string(LEAKS_NONE));
}

/* Whether an orphan of @after_cookie, with a holder of @pid, is new where one with the same inode
 * number, of @before_cookie, was there. */
static bool is_new(uint64_t before_cookie, uint64_t after_cookie, pid_t pid)
{
        struct pair p = pair_new();
        struct leaks l = {};

        add(p.before, 5, before_cookie, ORPHANED, OLD);
        add(p.after, 5, after_cookie, ORPHANED, pid);
        assert_int_equal(leaks_find(p.before, p.after, &l), 0);
        bool new = l.n > 0;
        leaks_deinit(&l);
        pair_free(&p);
        return new;
}

static void test_the_cookie_decides(void **state)
{
        assert_false(is_new(10, 10, YOUNG));
        assert_true(is_new(10, 11, OLD));
        assert_true(is_new(10, 11, YOUNG));
}

static void test_without_cookies_the_start_of_holders_decides(void **state)
{
        assert_false(is_new(0, 0, OLD));
        assert_true(is_new(0, 0, YOUNG));
        assert_false(is_new(10, 0, OLD));
        assert_true(is_new(10, 0, YOUNG));
        assert_true(is_new(0, 10, YOUNG));
}

static void test_an_inode_number_that_was_another_cookies(void **state)
{
        struct pair p = pair_new();
        struct leaks l = {};

        add(p.before, 5, 10, ORPHANED, OLD);
        add(p.before, 6, 11, ORPHANED, OLD);
        add(p.after, 5, 11, ORPHANED, OLD);
        assert_int_equal(leaks_find(p.before, p.after, &l), 0);
        assert_int_equal(l.n, 0);
        pair_free(&p);
}

static void test_a_mount_is_of_nobody(void **state)
{
        struct pair p = pair_new();
        struct leaks l = {};
        struct holder mount = HOLDER_OF(0, 0, -1);

        mount.kind = HOLDER_NSFS_MOUNT;
        for (int i = 0; i < 2; i++) {
                struct netns *ns = test_netns(i ? p.after : p.before, 5, 0, VERDICT_PINNED);
                ns->empty = true;
                test_hold(ns, mount);
        }
        assert_int_equal(leaks_find(p.before, p.after, &l), 0);
        assert_int_equal(l.n, 0);
        pair_free(&p);
}

static void test_nameless(void **state)
{
        struct pair p = pair_new();
        struct leaks l = {};
        const struct nameless one = {4110, 8775, OLD, HOLDER_SOCKET},
                              other = {4110, 8776, OLD, HOLDER_SOCKET};

        test_orphan(p.before, 0, 0, OLD)->id.nameless = one;
        test_orphan(p.after, 0, 0, OLD)->id.nameless = one;
        test_orphan(p.after, 0, 0, OLD)->id.nameless = other;
        assert_int_equal(leaks_find(p.before, p.after, &l), 0);
        assert_int_equal(l.n, 1);
        assert_int_equal(l.list[0].netns->id.nameless.file_inode, 8776);
        leaks_deinit(&l);
        pair_free(&p);
}

static void test_only_what_was_seen_twice_is_kept(void **state)
{
        struct census *between = test_census();
        struct pair p = pair_new();
        struct leaks l = {};

        for (uint64_t i = 0; i < 100; i++)
                add(p.after, 100 + i, 1000 + i, ORPHANED, OLD);
        add(between, 117, 1017, ORPHANED, OLD);
        add(between, 150, 1050, UNNAMED, OLD);
        add(between, 160, 1060, ATTACHED, OLD);
        add(between, 170, 1, ORPHANED, OLD);
        assert_int_equal(leaks_find(p.before, p.after, &l), 0);
        assert_int_equal(l.n, 100);
        leaks_keep(&l, between);
        assert_int_equal(l.n, 2);
        assert_int_equal(l.unsettled, 98);
        assert_int_equal(l.list[0].netns->id.cookie, 1017);
        assert_int_equal(l.list[1].netns->id.cookie, 1050);
        leaks_deinit(&l);
        census_free(between);
        pair_free(&p);
}

static void test_own_ones_count_and_come_first(void **state)
{
        struct census *between = test_census();
        struct pair p = pair_new();
        struct leaks l = {};

        for (uint64_t i = 0; i < 20; i++)
                add(p.after, 100 + i, 1000 + i, ORPHANED, OLD);
        assert_int_equal(leaks_find(p.before, p.after, &l), 0);
        assert_int_equal(leaks_count(&l), 20);
        l.list[7].own = l.list[19].own = true;
        leaks_count_own(&l);
        assert_int_equal(leaks_count(&l), 2);
        assert_int_equal(l.n, 20);
        assert_int_equal(l.list[0].netns->id.cookie, 1007);
        assert_int_equal(l.list[1].netns->id.cookie, 1019);
        assert_int_equal(l.list[2].netns->id.cookie, 1000);
        /* Of the others it does not matter what comes and goes. */
        leaks_keep(&l, between);
        assert_int_equal(l.n, 0);
        assert_int_equal(l.unsettled, 2);
        leaks_deinit(&l);
        census_free(between);
        pair_free(&p);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_each_change),
                cmocka_unit_test(test_words),
                cmocka_unit_test(test_the_cookie_decides),
                cmocka_unit_test(test_without_cookies_the_start_of_holders_decides),
                cmocka_unit_test(test_an_inode_number_that_was_another_cookies),
                cmocka_unit_test(test_a_mount_is_of_nobody),
                cmocka_unit_test(test_nameless),
                cmocka_unit_test(test_only_what_was_seen_twice_is_kept),
                cmocka_unit_test(test_own_ones_count_and_come_first),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
