/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What is known of sockets: asked once, kept as long as scans see them. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <fcntl.h>
#include <sched.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "census/procfs/socket-cache.h"

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
        socket_cache_attach(c, facts.netns);
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
        /* Idle is what the last dump said, also of a socket that was known before, and each of its
         * answers counts. */
        facts.idle = true;
        assert_int_equal(socket_cache_learn(c, 7, &facts), 0);
        facts.idle = false;
        assert_int_equal(socket_cache_learn(c, 7, &facts), 0);
        assert_true(socket_cache_peek(c, 7, &facts));
        assert_true(facts.idle);
        socket_cache_forget_idle(c);
        assert_true(socket_cache_peek(c, 7, &facts));
        assert_false(facts.idle);
        assert_int_equal(socket_cache_learn(c, 7, &facts), 0);
        assert_true(socket_cache_peek(c, 7, &facts));
        assert_false(facts.idle);
        /* What no fd led to is forgotten. */
        socket_cache_sweep(c);
        assert_true(socket_cache_peek(c, 7, &facts));
        assert_false(socket_cache_peek(c, 8, &facts));
        socket_cache_free(c);
}

/* Of a pair or not is asked once, whether it has a name in each dump. */
static void test_datagrams(void **state)
{
        struct socket_cache *c = new_cache();
        struct socket_facts dumped = {
                .family = AF_UNIX, .type = SOCK_DGRAM, .perhaps_paired = true};
        struct socket_facts facts;
        int pair[2];

        _cleanup_close_ int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        assert_return_code(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, pair), errno);
        assert_int_equal(socket_cache_netns(c, fd, &dumped.netns), 0);
        for (uint64_t inode = 7; inode <= 8; inode++) {
                assert_int_equal(socket_cache_learn(c, inode, &dumped), 0);
                assert_true(socket_cache_peek(c, inode, &facts));
                assert_true(facts.perhaps_paired && !facts.idle);
        }
        assert_int_equal(socket_cache_ask_pair(c, 7, fd, &facts), 0);
        assert_true(!facts.perhaps_paired && facts.idle);
        assert_int_equal(socket_cache_ask_pair(c, 8, pair[0], &facts), 0);
        assert_true(!facts.perhaps_paired && !facts.idle);
        /* The peer may still send, also when it is one no more. */
        assert_return_code(
                connect(pair[1], &(struct sockaddr){.sa_family = AF_UNSPEC}, sizeof(sa_family_t)),
                errno);
        assert_int_equal(socket_cache_ask_pair(c, 8, pair[1], &facts), 0);
        assert_false(facts.idle);

        socket_cache_forget_idle(c);
        assert_int_equal(socket_cache_learn(c, 7, &dumped), 0);
        assert_true(socket_cache_peek(c, 7, &facts));
        assert_true(!facts.perhaps_paired && facts.idle);
        socket_cache_forget_idle(c);
        dumped.perhaps_paired = false; /* it has got a name */
        assert_int_equal(socket_cache_learn(c, 7, &dumped), 0);
        assert_true(socket_cache_peek(c, 7, &facts));
        assert_true(!facts.perhaps_paired && !facts.idle);
        close(pair[0]);
        close(pair[1]);
        socket_cache_free(c);
}

/* Without a task in the namespace, a socket is asked in every scan; its number alone is none. */
static void test_what_may_be_orphaned_is_asked_anew(void **state)
{
        struct socket_cache *c = new_cache();
        struct socket_facts facts;
        bool first;

        _cleanup_close_ int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        _cleanup_close_ int path = open("/proc/self/exe", O_PATH | O_CLOEXEC);
        assert_true(ask(c, 7, fd, &facts));
        assert_false(facts.attached);
        socket_cache_sweep(c);
        for (unsigned i = 0; i < 2; i++) {
                assert_int_equal(socket_cache_begin(c, 7, &facts, &first), 1);
                assert_true(first && !facts.attached);
                assert_int_equal(socket_cache_verify(c, 7, path, &facts), -EBADF);
        }
        assert_int_equal(socket_cache_verify(c, 7, fd, &facts), 0);
        assert_int_equal(socket_cache_begin(c, 7, &facts, &first), 1);
        assert_false(first);
        /* Nor is what a scan saw that failed seen in the next. */
        socket_cache_next_scan(c);
        assert_int_equal(socket_cache_begin(c, 7, &facts, &first), 1);
        assert_true(first);
        assert_int_equal(socket_cache_verify(c, 7, fd, &facts), 0);
        /* Not verified: not seen, and so forgotten. */
        socket_cache_sweep(c);
        assert_int_equal(socket_cache_begin(c, 7, &facts, &first), 1);
        socket_cache_sweep(c);
        assert_false(socket_cache_peek(c, 7, &facts));
        socket_cache_free(c);
}

/* Entered in a namespace of its own. */
static void test_number_of_another_socket(void **state)
{
        struct socket_cache *c = new_cache();
        struct socket_facts facts;
        bool first;

        _cleanup_close_ int here = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        _cleanup_close_ int home = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
        if (unshare(CLONE_NEWNET) < 0) {
                socket_cache_free(c);
                skip();
        }
        _cleanup_close_ int there = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        assert_return_code(setns(home, CLONE_NEWNET), errno);
        assert_true(ask(c, 7, here, &facts));
        const struct known_netns *netns = facts.netns;
        assert_int_equal(socket_cache_begin(c, 7, &facts, &first), 1);
        assert_int_equal(socket_cache_verify(c, 7, there, &facts), 0);
        assert_ptr_not_equal(facts.netns, netns);
        assert_int_equal(facts.family, AF_UNIX);
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
                cmocka_unit_test(test_datagrams),
                cmocka_unit_test(test_what_may_be_orphaned_is_asked_anew),
                cmocka_unit_test(test_number_of_another_socket),
                cmocka_unit_test(test_failure_is_not_remembered),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
