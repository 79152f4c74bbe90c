/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The second look, at what was made up: this process looks for itself. */

#include "test-walk.h"

#include <sys/socket.h>
#include <sys/stat.h>

#include "census/builder-judge.h"
#include "census/procfs/recheck.h"

/* No namespace has that number: nsfs counts up from 0xeffffff8, and cookies from 1. */
#define NOBODYS_INODE  UINT64_C(7)
#define NOBODYS_COOKIE (UINT64_C(1) << 62)

static void emit_socket(struct builder *b, uint64_t inode, uint64_t cookie)
{
        struct holder h = HOLDER_OF(1, 1, 3);

        h.kind = HOLDER_SOCKET;
        h.socket_inode = 5000 + inode;
        assert_int_equal(
                builder_emit(b, &(struct netns_identity){.inode = inode, .cookie = cookie}, &h), 0);
        assert_int_equal(builder_judge(b), 0);
        assert_int_equal(
                builder_verdict(b, &(struct netns_identity){.inode = inode, .cookie = cookie}),
                VERDICT_ORPHANED);
}

static uint64_t own_inode(void)
{
        struct stat st;

        assert_int_equal(stat("/proc/self/ns/net", &st), 0);
        return st.st_ino;
}

static uint64_t own_cookie(void)
{
        _cleanup_close_ int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        uint64_t cookie = 0;
        socklen_t n = sizeof(cookie);

        (void)getsockopt(fd, SOL_SOCKET, SO_NETNS_COOKIE, &cookie, &n);
        return cookie;
}

static void test_a_task_that_the_walk_has_missed_is_found(void **state)
{
        struct test_walk *t = *state;
        const struct netns_identity id = {.inode = own_inode()};

        emit_socket(t->b, id.inode, 0);
        assert_int_equal(recheck_orphans(&t->walk, t->b), 0);
        /* An nsfs file that somebody on this host has open tells the cookie. */
        struct netns_identity known = {.inode = id.inode, .cookie = own_cookie()};
        assert_true(builder_verdict(t->b, &id) == VERDICT_ATTACHED ||
                    builder_verdict(t->b, &known) == VERDICT_ATTACHED);
}

static void test_an_orphan_stays_one_and_is_remembered(void **state)
{
        struct test_walk *t = *state;
        const struct netns_identity id = {.inode = NOBODYS_INODE, .cookie = NOBODYS_COOKIE};

        emit_socket(t->b, id.inode, id.cookie);
        assert_int_equal(recheck_orphans(&t->walk, t->b), 0);
        assert_int_equal(builder_verdict(t->b, &id), VERDICT_ORPHANED);
        assert_true(number_set_has(t->host.orphans, id.cookie));
        /* Everything was walked over again. */
        assert_true(t->walk.pids.n > 0);
}

static void test_what_was_an_orphan_before_needs_no_second_walk(void **state)
{
        struct test_walk *t = *state;
        const struct netns_identity id = {.inode = NOBODYS_INODE, .cookie = NOBODYS_COOKIE};

        assert_int_equal(number_set_add(t->host.orphans, id.cookie), 1);
        emit_socket(t->b, id.inode, id.cookie);
        assert_int_equal(recheck_orphans(&t->walk, t->b), 0);
        assert_int_equal(builder_verdict(t->b, &id), VERDICT_ORPHANED);
        assert_true(number_set_has(t->host.orphans, id.cookie));
        assert_int_equal(t->walk.pids.n, 0);
}

static void test_without_orphans_nothing_is_looked_at(void **state)
{
        struct test_walk *t = *state;

        assert_int_equal(number_set_add(t->host.orphans, NOBODYS_COOKIE), 1);
        assert_int_equal(recheck_orphans(&t->walk, t->b), 0);
        assert_int_equal(t->walk.pids.n, 0);
        assert_int_equal(atomic_load(&t->progress.beats), 0);
        /* And none was left over for the next scan. */
        assert_false(number_set_has(t->host.orphans, NOBODYS_COOKIE));
}

static void test_it_can_be_cancelled(void **state)
{
        struct test_walk *t = *state;

        emit_socket(t->b, NOBODYS_INODE, NOBODYS_COOKIE);
        atomic_store(&t->progress.cancel, true);
        assert_int_equal(recheck_orphans(&t->walk, t->b), -ECANCELED);
}

int main(void)
{
        static const struct CMUnitTest tests[] = {
                TEST_WALK(test_a_task_that_the_walk_has_missed_is_found),
                TEST_WALK(test_an_orphan_stays_one_and_is_remembered),
                TEST_WALK(test_what_was_an_orphan_before_needs_no_second_walk),
                TEST_WALK(test_without_orphans_nothing_is_looked_at),
                TEST_WALK(test_it_can_be_cancelled),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
