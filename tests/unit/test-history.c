/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is remembered of the tasks that were in a namespace. */
#include "ledger/history.h"

#include "test-netns.h"

#include "test-census.h"

#define SECOND UINT64_C(1000000)

struct wanted {
        uint64_t inode;
        unsigned asked;
};

static bool keep(const struct netns_identity *id, void *userdata)
{
        struct wanted *w = userdata;

        w->asked++;
        return id->inode == w->inode;
}

static bool update(struct history *h, const struct census *c, uint64_t now)
{
        struct wanted none = {};

        return history_update(h, c, now, keep, &none);
}

static struct netns *attached(struct census *c, uint64_t inode, uint64_t cookie, pid_t task)
{
        struct netns *ns = test_netns(c, inode, cookie, VERDICT_ATTACHED);
        struct holder h = HOLDER_OF(task, task, -1);

        h.kind = HOLDER_TASK;
        test_hold(ns, h);
        return ns;
}

static void note(struct history *h, uint64_t inode, uint64_t cookie, const char *command)
{
        const struct netns_identity id = {inode, cookie, {}};
        struct history_facts facts = {.command = command ? strdup(command) : NULL};

        history_note(h, &id, &facts);
        assert_null(facts.command);
}

static const struct history_entry *find(const struct history *h, uint64_t inode, uint64_t cookie)
{
        const struct netns_identity id = {inode, cookie, {}};

        return history_find(h, &id);
}

/* From the first task to the end of the namespace. */
static void test_life(void **state)
{
        struct history h = {};
        _cleanup_(census_freep) struct census *with = test_census(), *without = test_census(),
                                              *empty = test_census();

        attached(with, 20, 7, 411);
        attached(with, 10, 8, 412);
        test_orphan(without, 20, 7, 99);
        assert_true(update(&h, with, 1 * SECOND));
        assert_null(find(&h, 20, 7)); /* nothing is known of it yet */
        const struct history_entry *e = history_next(&h, NULL);
        assert_non_null(e);
        assert_int_equal(e->id.inode, 10);
        assert_int_equal(e->task, 412);
        note(&h, 10, 8, "sleep");
        assert_int_equal(history_next(&h, NULL)->task, 411);
        note(&h, 20, 7, "nginx");
        assert_null(history_next(&h, NULL));

        assert_false(update(&h, with, 3 * SECOND)); /* nothing that a restart must not lose */
        assert_true(update(&h, without, 5 * SECOND));
        assert_null(find(&h, 10, 8)); /* gone: a complete census has it no more */
        e = find(&h, 20, 7);
        assert_non_null(e);
        assert_string_equal(e->facts.command, "nginx");
        assert_int_equal(e->first_seen_usec, 1 * SECOND);
        assert_int_equal(e->last_seen_usec, 3 * SECOND);
        assert_false(e->attached);
        assert_false(update(&h, without, 7 * SECOND));

        /* A task is in it again: what is known stays. */
        attached(empty, 20, 7, 500);
        assert_false(update(&h, empty, 9 * SECOND));
        assert_true(find(&h, 20, 7)->attached);
        assert_string_equal(find(&h, 20, 7)->facts.command, "nginx");
        history_deinit(&h);
}

/* The same inode number with another cookie is another namespace. */
static void test_reused_number(void **state)
{
        struct history h = {};
        _cleanup_(census_freep) struct census *first = test_census(), *second = test_census();

        attached(first, 20, 7, 411);
        (void)update(&h, first, SECOND);
        note(&h, 20, 7, "nginx");
        attached(second, 20, 9, 412);
        assert_true(update(&h, second, 2 * SECOND));
        assert_null(find(&h, 20, 7));
        assert_null(find(&h, 20, 9));
        assert_int_equal(history_next(&h, NULL)->task, 412);
        history_deinit(&h);
}

/* A census that may have missed tasks, and one who still asks, keep what is not seen. */
static void test_absence(void **state)
{
        struct history h = {};
        struct wanted w = {.inode = 20};
        _cleanup_(census_freep) struct census *with = test_census(), *blind = test_census(),
                                              *empty = test_census();

        attached(with, 20, 7, 411);
        (void)update(&h, with, SECOND);
        note(&h, 20, 7, "nginx");
        blind->coverage.tasks_complete = false;
        assert_false(update(&h, blind, 2 * SECOND));
        assert_non_null(find(&h, 20, 7));
        assert_false(history_update(&h, empty, 3 * SECOND, keep, &w));
        assert_int_equal(w.asked, 1);
        assert_non_null(find(&h, 20, 7));
        assert_true(update(&h, empty, 4 * SECOND));
        assert_null(find(&h, 20, 7));
        history_deinit(&h);
}

/* The task had ended before it could be looked at: the next census names another. */
static void test_ended_task(void **state)
{
        struct history h = {};
        _cleanup_(census_freep) struct census *first = test_census(), *second = test_census();

        attached(first, 20, 7, 411);
        (void)update(&h, first, SECOND);
        note(&h, 20, 7, NULL);
        assert_null(history_next(&h, NULL));
        attached(second, 20, 7, 412);
        (void)update(&h, second, 2 * SECOND);
        assert_int_equal(history_next(&h, NULL)->task, 412);
        history_deinit(&h);
}

/* No user takes more than a part of the room; root may have all of it. */
static void test_room(void **state)
{
        struct history h = {};
        _cleanup_(census_freep) struct census *c = test_census();

        for (size_t i = 0; i < HISTORY_EACH_MAX + 10; i++)
                attached(c, 100 + i, 1000 + i, 411)->charged_uid = 1000;
        (void)update(&h, c, SECOND);
        assert_int_equal(h.n, HISTORY_EACH_MAX);
        assert_int_equal(h.refused, 10);
        for (size_t i = 0; i < HISTORY_MAX; i++)
                attached(c, 100000 + i, 100000 + i, 411);
        (void)update(&h, c, 2 * SECOND);
        assert_int_equal(h.n, HISTORY_MAX);
        history_deinit(&h);
}

/* What the state file has comes in order, each once. */
static void test_load(void **state)
{
        struct history h = {};
        struct history_entry a = {.id = {20, 7, {}}, .noted = true}, b = a, c = a;

        a.facts.command = strdup("nginx");
        assert_int_equal(history_load(&h, &a), 0);
        assert_null(a.facts.command);
        assert_int_equal(history_load(&h, &b), -EBADMSG);
        c.id.inode = 19;
        assert_int_equal(history_load(&h, &c), -EBADMSG);
        c.id.inode = 21;
        assert_int_equal(history_load(&h, &c), 0);
        assert_string_equal(find(&h, 20, 7)->facts.command, "nginx");
        history_deinit(&h);
}

int main(void)
{
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_life),    cmocka_unit_test(test_reused_number),
                cmocka_unit_test(test_absence), cmocka_unit_test(test_ended_task),
                cmocka_unit_test(test_room),    cmocka_unit_test(test_load),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
