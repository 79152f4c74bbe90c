/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What is known of sockets: asked once, kept as long as scans see them. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <sys/socket.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "census/procfs/socket_cache.h"

static struct socket_cache *new_cache(void)
{
        struct socket_cache *c = socket_cache_new();

        assert_non_null(c);
        return c;
}

/* Asks the cache about a socket of ours; whether it had to be looked at. */
static bool ask(struct socket_cache *c, uint64_t inode, int fd, struct socket_facts *facts)
{
        bool first;

        if (socket_cache_begin(c, inode, facts, &first) > 0)
                return false;
        assert_true(first);
        assert_int_equal(socket_cache_commit(c, inode, fd, facts), 0);
        return true;
}

static void test_asked_once(void **state)
{
        struct socket_cache *c = new_cache();
        struct socket_facts facts = {};
        struct stat own;
        bool first;

        _cleanup_close_ int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
        assert_return_code(stat("/proc/thread-self/ns/net", &own), errno);
        assert_true(ask(c, 1000, fd, &facts));
        assert_int_equal(facts.netns->id.inode, own.st_ino);
        assert_int_equal(facts.family, AF_UNIX);
        assert_int_equal(facts.type, 0);
        socket_cache_detail(c, 1000, fd, &facts);
        assert_int_equal(facts.type, SOCK_SEQPACKET);
        facts = (struct socket_facts){};
        assert_true(socket_cache_peek(c, 1000, &facts));
        assert_int_equal(facts.type, SOCK_SEQPACKET);
        assert_int_equal(socket_cache_has_cookies(c), facts.netns->id.cookie != 0);

        assert_int_equal(socket_cache_begin(c, 1000, &facts, &first), 1);
        assert_false(first);
        socket_cache_sweep(c);
        assert_int_equal(socket_cache_begin(c, 1000, &facts, &first), 1);
        assert_true(first);
        assert_true(socket_cache_peek(c, 1000, &facts));
        assert_false(socket_cache_peek(c, 1001, &facts));
        socket_cache_free(c);
}

static void test_bounded_by_the_last_walk(void **state)
{
        struct socket_cache *c = new_cache();
        struct socket_facts facts;

        _cleanup_close_ int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        for (uint64_t inode = 1; inode <= 5000; inode++)
                assert_true(ask(c, inode, fd, &facts));
        socket_cache_sweep(c);
        for (uint64_t inode = 1; inode <= 5000; inode += 2)
                assert_false(ask(c, inode, fd, &facts));
        socket_cache_sweep(c);
        for (uint64_t inode = 1; inode <= 5000; inode++)
                assert_int_equal(socket_cache_peek(c, inode, &facts), inode % 2);
        /* Nothing seen in two scans: the namespace is forgotten, too. */
        socket_cache_sweep(c);
        socket_cache_sweep(c);
        assert_false(socket_cache_peek(c, 1, &facts));
        socket_cache_free(c);
}

static void test_learned_from_a_dump(void **state)
{
        struct socket_cache *c = new_cache();
        struct socket_facts facts = {.family = AF_UNIX, .type = SOCK_STREAM};
        bool first;

        _cleanup_close_ int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        assert_int_equal(socket_cache_netns(c, fd, &facts.netns), 0);
        for (uint64_t inode = 1; inode <= 100; inode++)
                assert_int_equal(socket_cache_learn(c, inode, &facts), 0);
        facts = (struct socket_facts){};
        assert_int_equal(socket_cache_begin(c, 7, &facts, &first), 1);
        /* To be listed is not to be seen. */
        assert_true(first);
        assert_int_equal(facts.family, AF_UNIX);
        assert_int_equal(facts.type, SOCK_STREAM);
        assert_false(facts.idle);
        assert_false(ask(c, 7, fd, &facts));
        /* Idle is what the last dump said, also of a socket that was known before. */
        facts.idle = true;
        assert_int_equal(socket_cache_learn(c, 7, &facts), 0);
        assert_true(socket_cache_peek(c, 7, &facts));
        assert_true(facts.idle);
        socket_cache_forget_idle(c);
        assert_true(socket_cache_peek(c, 7, &facts));
        assert_false(facts.idle);
        /* What no fd led to is forgotten. */
        socket_cache_sweep(c);
        assert_true(socket_cache_peek(c, 7, &facts));
        assert_false(socket_cache_peek(c, 8, &facts));
        socket_cache_free(c);
}

static void test_failure_is_not_remembered(void **state)
{
        struct socket_cache *c = new_cache();
        struct socket_facts facts;
        bool first;

        assert_int_equal(socket_cache_begin(c, 7, &facts, &first), 0);
        assert_int_equal(socket_cache_commit(c, 7, -EPERM, &facts), -EPERM);
        _cleanup_close_ int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        assert_true(ask(c, 7, fd, &facts));
        socket_cache_free(c);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_asked_once),
                cmocka_unit_test(test_bounded_by_the_last_walk),
                cmocka_unit_test(test_learned_from_a_dump),
                cmocka_unit_test(test_failure_is_not_remembered),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
