/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "trace/birth-cache.h"

#include "test-netns.h"

static struct holder socket_of(uint64_t cookie, uint64_t inode)
{
        struct holder h = HOLDER_OF(1, 1, 3);

        h.kind = HOLDER_SOCKET;
        h.socket_cookie = cookie;
        h.socket_inode = inode;
        return h;
}

static void put(struct birth_cache *c, const struct holder *h, const struct birth_record *r,
                bool whole)
{
        _cleanup_(birth_unrefp) struct birth *b = birth_new();

        assert_non_null(b);
        b->pid = r->tgid;
        assert_int_equal(birth_cache_put(c, h, r, b, whole), 0);
}

static void test_kept_while_it_shows(void **state)
{
        struct birth_record r = {.tgid = 7, .start_nsec = 9, .n_frames = 2, .frames = {1, 2}};
        struct holder h = socket_of(11, 12);
        struct birth_cache c = {};

        assert_null(birth_cache_find(&c, &h));
        put(&c, &h, &r, true);
        for (unsigned i = 0; i < 3; i++) {
                birth_cache_turn(&c);
                struct cached_birth *b = birth_cache_find(&c, &h);
                assert_non_null(b);
                assert_true(b->whole);
                assert_int_equal(b->birth->pid, 7);
        }
        birth_cache_turn(&c);
        /* Nobody asks. */
        birth_cache_turn(&c);
        assert_null(birth_cache_find(&c, &h));
        assert_null(c.births);
        assert_null(c.stacks);
        birth_cache_deinit(&c);
}

/* A connection of MPTCP has its listener's cookie. */
static void test_the_file_counts(void **state)
{
        struct birth_record r = {.tgid = 7};
        struct holder h = socket_of(11, 12), other = socket_of(11, 13);
        struct birth_cache c = {};

        put(&c, &h, &r, true);
        assert_null(birth_cache_find(&c, &other));
        birth_cache_deinit(&c);
}

static void test_stacks_are_found_out_once(void **state)
{
        struct birth_record r = {.tgid = 7, .start_nsec = 9, .n_frames = 2, .frames = {1, 2}};
        struct birth_record others[] = {r, r, r, r};
        struct holder h = socket_of(11, 12), second = socket_of(13, 14);
        struct birth_cache c = {};

        put(&c, &h, &r, false);
        assert_null(birth_cache_find_stack(&c, &r));
        put(&c, &h, &r, true);
        struct birth *known = birth_cache_find_stack(&c, &r);
        assert_non_null(known);
        assert_ptr_equal(known, birth_cache_find(&c, &h)->birth);
        others[0].tgid = 8;
        others[1].start_nsec = 8;
        others[2].n_frames = 1;
        others[3].frames[1] = 3;
        for (size_t i = 0; i < ARRAY_SIZE(others); i++)
                assert_null(birth_cache_find_stack(&c, &others[i]));
        /* It stays with the last socket that has it. */
        put(&c, &second, &r, true);
        birth_cache_turn(&c);
        assert_non_null(birth_cache_find(&c, &second));
        birth_cache_turn(&c);
        assert_null(birth_cache_find(&c, &h));
        assert_ptr_equal(birth_cache_find_stack(&c, &r), known);
        birth_cache_deinit(&c);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_kept_while_it_shows),
                cmocka_unit_test(test_the_file_counts),
                cmocka_unit_test(test_stacks_are_found_out_once),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
