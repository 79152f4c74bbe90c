/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <linux/cn_proc.h>
#include <linux/connector.h>
#include <linux/netlink.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>

#include <cmocka.h>

#include "netlink/exit-filter.h"
#include "util/macro.h"

/* The kernel itself runs the program: attached to one end of a socket pair. */
static bool passes(int fds[2], uint32_t what, pid_t pid)
{
        /* cn_msg ends in data, which is the event. */
        char m[sizeof(struct nlmsghdr) + sizeof(struct cn_msg) + sizeof(struct proc_event)] = {};
        struct proc_event event = {.what = what};
        char buffer[512];

        event.event_data.exit.process_pid = pid;
        event.event_data.exit.process_tgid = 424242;
        memcpy(m + sizeof(m) - sizeof(event), &event, sizeof(event));
        (void)send(fds[0], m, sizeof(m), MSG_DONTWAIT);
        return recv(fds[1], buffer, sizeof(buffer), MSG_DONTWAIT) > 0;
}

static void attach_filter(int fds[2], struct exit_filter *f)
{
        assert_in_range(f->n_program, 1, BPF_MAXINSNS);
        const struct sock_fprog program = {(unsigned short)f->n_program, f->program};
        assert_int_equal(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, fds), 0);
        assert_int_equal(
                setsockopt(fds[1], SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program)), 0);
        exit_filter_deinit(f);
}

static void attach(int fds[2], const pid_t *tids, size_t n, bool forks)
{
        struct exit_filter f;

        assert_int_equal(exit_filter_build(&f, tids, n, forks), 0);
        attach_filter(fds, &f);
}

static void detach(int fds[2])
{
        close(fds[0]);
        close(fds[1]);
}

static void test_nobody(void **state)
{
        int fds[2];

        attach(fds, NULL, 0, false);
        assert_false(passes(fds, PROC_EVENT_EXIT, 1));
        assert_false(passes(fds, PROC_EVENT_EXIT, 0));
        assert_false(passes(fds, PROC_EVENT_FORK, 1));
        assert_false(passes(fds, PROC_EVENT_EXEC, 1));
        /* Answers to other people's subscriptions. */
        assert_false(passes(fds, PROC_EVENT_NONE, 0));
        detach(fds);
}

static void test_answers(void **state)
{
        struct exit_filter f;
        int fds[2];

        assert_int_equal(exit_filter_build_answers(&f), 0);
        attach_filter(fds, &f);
        assert_true(passes(fds, PROC_EVENT_NONE, 0));
        assert_false(passes(fds, PROC_EVENT_EXIT, 1));
        assert_false(passes(fds, PROC_EVENT_FORK, 1));
        detach(fds);
}

static void test_forks(void **state)
{
        int fds[2];

        attach(fds, NULL, 0, true);
        assert_true(passes(fds, PROC_EVENT_FORK, 77));
        assert_false(passes(fds, PROC_EVENT_EXIT, 77));
        assert_false(passes(fds, PROC_EVENT_UID, 77));
        detach(fds);
}

static void test_exactly_these(void **state)
{
        static const pid_t tids[] = {2, 255, 256, 300, 65536, 70000, 4194303};
        static const pid_t others[] = {1,   3,     254,   257,    299,    301,
                                       512, 65535, 65537, 131072, 4194302};
        int fds[2];

        for (size_t n = 1; n <= ARRAY_SIZE(tids); n++) {
                attach(fds, tids, n, false);
                for (size_t i = 0; i < ARRAY_SIZE(tids); i++)
                        assert_int_equal(passes(fds, PROC_EVENT_EXIT, tids[i]), i < n);
                for (size_t i = 0; i < ARRAY_SIZE(others); i++)
                        assert_false(passes(fds, PROC_EVENT_EXIT, others[i]));
                assert_false(passes(fds, PROC_EVENT_FORK, tids[0]));
                assert_false(passes(fds, PROC_EVENT_COMM, tids[0]));
                detach(fds);
        }
}

/* More than a program can tell apart: all of them pass, and few others. */
static void test_many(void **state)
{
        enum { N = 20000 };
        static pid_t tids[N];
        size_t passed = 0, wrong = 0;
        int fds[2];

        for (size_t i = 0; i < N; i++)
                tids[i] = (pid_t)(1000 + i * 7 + (i % 50 == 0 ? 3 : 0) + i / 100 * 1000);
        attach(fds, tids, N, false);
        for (size_t i = 0; i < N; i++)
                passed += passes(fds, PROC_EVENT_EXIT, tids[i]);
        assert_int_equal(passed, N);
        /* The wide gaps between the hundreds stay closed. */
        for (size_t i = 100; i < N; i += 100)
                wrong += passes(fds, PROC_EVENT_EXIT, tids[i] - 500);
        assert_int_equal(wrong, 0);
        assert_false(passes(fds, PROC_EVENT_EXIT, 999));
        assert_false(passes(fds, PROC_EVENT_EXIT, tids[N - 1] + 1));
        detach(fds);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_nobody), cmocka_unit_test(test_answers),
                cmocka_unit_test(test_forks),  cmocka_unit_test(test_exactly_these),
                cmocka_unit_test(test_many),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
