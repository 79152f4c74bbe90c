/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What is asked of namespaces, and what is left to ask. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "census/procfs/questions.h"
#include "netlink/sock-diag.h"

#define PACKET SOCK_TABLE_BIT(SOCK_TABLE_PACKET)
#define XDP    SOCK_TABLE_BIT(SOCK_TABLE_XDP)

static const struct netns_identity somewhere = {.inode = 100, .cookie = 7};

static struct question *add(struct questions *q, uint64_t inode, bool file, uint64_t tables,
                            uid_t uid)
{
        struct question *one = questions_add(q, inode, file, tables, uid);

        assert_non_null(one);
        return one;
}

static void test_one_question_however_many_hold_it(void **state)
{
        struct questions q = {};

        struct question *one = add(&q, 5, false, PACKET, 1000);
        assert_ptr_equal(add(&q, 5, false, XDP, 1000), one);
        assert_true(one->tables == (PACKET | XDP));
        assert_int_equal(one->uid, 1000);
        /* Held by somebody else too, who knows nothing of where it is. */
        assert_ptr_equal(add(&q, 5, false, 0, 1001), one);
        assert_int_equal(one->tables, 0);
        assert_int_equal(one->uid, UID_UNKNOWN);
        add(&q, 5, false, PACKET, 1000);
        assert_int_equal(one->tables, 0);
        /* A file's number is none of a socket's. */
        assert_ptr_not_equal(add(&q, 5, true, 0, 1000), one);
        assert_ptr_equal(questions_find(&q, 5, false), one);
        assert_null(questions_find(&q, 6, false));
        questions_deinit(&q);
}

static void test_the_first_answer_is_the_one(void **state)
{
        const struct netns_identity elsewhere = {.inode = 200};
        struct questions q = {};

        struct question *one = add(&q, 5, true, 0, 0);
        assert_null(questions_answer(&q, 5, false, &somewhere));
        assert_null(questions_answer(&q, 0, true, &somewhere));
        assert_false(one->found);
        assert_ptr_equal(questions_answer(&q, 5, true, &somewhere), one);
        assert_true(one->found);
        assert_null(questions_answer(&q, 5, true, &elsewhere));
        assert_int_equal(one->id.inode, 100);
        questions_deinit(&q);
}

static void sum_up(struct questions *q, bool any, bool files, uint64_t tables)
{
        questions_sum_up(q, any);
        assert_int_equal(q->files_wanted, files);
        assert_true(q->tables_wanted == tables);
        assert_int_equal(q->sockets_wanted, tables != 0);
}

static void test_only_what_is_open_is_asked(void **state)
{
        struct questions q = {.stale = true};

        add(&q, 1, true, 0, 0);
        add(&q, 2, false, PACKET, 0);
        add(&q, 3, false, XDP, 0);
        sum_up(&q, true, true, PACKET | XDP);
        assert_non_null(questions_answer(&q, 1, true, &somewhere));
        sum_up(&q, true, false, PACKET | XDP);
        assert_non_null(questions_answer(&q, 3, false, &somewhere));
        sum_up(&q, true, false, PACKET);
        assert_non_null(questions_answer(&q, 2, false, &somewhere));
        sum_up(&q, true, false, 0);
        questions_deinit(&q);
}

/* A socket that may be in any table has all of them listed, and is given up first: not to find it
 * would prove nothing. */
static void test_who_may_be_anywhere_is_given_up_first(void **state)
{
        struct questions q = {.stale = true};

        add(&q, 1, false, 0, 0);
        add(&q, 2, false, PACKET, 0);
        sum_up(&q, true, false, SOCK_TABLES_ALL);
        sum_up(&q, false, false, PACKET);
        questions_deinit(&q);
}

static void test_what_is_dropped_is_asked_no_more(void **state)
{
        struct questions q = {.stale = true};

        struct question *mine = add(&q, 1, false, PACKET, 1000);
        struct question *found = add(&q, 2, true, 0, 1000);
        struct question *others = add(&q, 3, false, XDP, 1001);
        struct question *shared = add(&q, 4, false, XDP, 1000);
        add(&q, 4, false, XDP, 1001);
        assert_non_null(questions_answer(&q, 2, true, &somewhere));
        questions_drop(&q, 1000);
        assert_true(mine->dropped);
        assert_false(found->dropped);
        assert_false(others->dropped);
        assert_false(shared->dropped);
        sum_up(&q, true, false, XDP);
        questions_deinit(&q);
}

int main(void)
{
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_one_question_however_many_hold_it),
                cmocka_unit_test(test_the_first_answer_is_the_one),
                cmocka_unit_test(test_only_what_is_open_is_asked),
                cmocka_unit_test(test_who_may_be_anywhere_is_given_up_first),
                cmocka_unit_test(test_what_is_dropped_is_asked_no_more),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
