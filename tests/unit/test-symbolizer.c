/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "trace/symbolizer.h"

#include <signal.h>
#include <string.h>
#include <sys/ptrace.h>

#include "test-netns.h"

#include "test-child.h"
#include "util/clock.h"

/* It reads its standard input and says nothing. */
#define SILENT "/bin/cat"

static uint64_t in_msec(unsigned n)
{
        return clock_usec(CLOCK_MONOTONIC) + n * USEC_PER_MSEC;
}

static void test_it_is_ended(void **state)
{
        struct symbolizer s;
        char word[8];

        assert_int_equal(symbolizer_start(&s, SILENT), 0);
        pid_t pid = s.pid;
        assert_true(pid > 0 && getpgid(pid) == pid);
        assert_int_equal(symbolizer_tell(&s, "hello", 5, -EBADF), 0);
        assert_int_equal(symbolizer_hear(&s, word, sizeof(word), in_msec(50)), -ETIMEDOUT);
        symbolizer_end(&s);
        assert_true(kill(pid, 0) < 0 && errno == ESRCH);
        assert_true(s.socket_fd < 0 && s.pidfd < 0);
        /* Once more does nothing. */
        symbolizer_end(&s);
}

static void test_it_has_ended(void **state)
{
        struct symbolizer s;
        char word[8];

        assert_int_equal(symbolizer_start(&s, "/bin/true"), 0);
        assert_int_equal(symbolizer_hear(&s, word, sizeof(word), in_msec(10000)), -EPIPE);
        (void)symbolizer_tell(&s, "", 1, -EBADF); /* ends nobody here */
        symbolizer_end(&s);
        assert_int_equal(symbolizer_start(&s, "/nonexistent"), -ENOENT);
        assert_true(waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD);
}

/* A program that ignores its children has none to wait for. */
static void test_children_are_ignored(void **state)
{
        struct symbolizer s;

        assert_true(signal(SIGCHLD, SIG_IGN) != SIG_ERR);
        assert_int_equal(symbolizer_start(&s, SILENT), 0);
        pid_t pid = s.pid;
        symbolizer_end(&s);
        assert_true(signal(SIGCHLD, SIG_DFL) != SIG_ERR);
        assert_true(kill(pid, 0) < 0 && errno == ESRCH);
}

/* Stops the child at its end, until it is let go: as one that is stuck in the kernel, it does not
 * end when it is killed. */
static pid_t stick(pid_t pid, int *ret_let_go)
{
        int done[2], go[2];
        char byte;

        assert_int_equal(pipe2(done, O_CLOEXEC), 0);
        assert_int_equal(pipe2(go, O_CLOEXEC), 0);
        pid_t tracer = fork();
        if (tracer == 0) {
                (void)close(go[1]);
                if (ptrace(PTRACE_SEIZE, pid, NULL, PTRACE_O_TRACEEXIT) < 0)
                        _exit(1);
                (void)!write(done[1], "", 1);
                (void)!read(go[0], &byte, 1);
                _exit(0);
        }
        (void)close(go[0]);
        (void)close(done[1]);
        ssize_t n = read(done[0], &byte, 1);
        (void)close(done[0]);
        *ret_let_go = go[1];
        if (n == 1)
                return tracer;
        (void)waitpid(tracer, NULL, 0);
        return -1;
}

static void test_it_is_stuck(void **state)
{
        struct symbolizer s;
        int let_go;

        assert_int_equal(symbolizer_start(&s, SILENT), 0);
        pid_t pid = s.pid, tracer = stick(pid, &let_go);
        if (tracer < 0) {
                symbolizer_end(&s);
                (void)close(let_go);
                skip();
        }
        uint64_t before = clock_usec(CLOCK_MONOTONIC);
        symbolizer_end(&s);
        assert_true(clock_usec(CLOCK_MONOTONIC) - before < 5 * USEC_PER_SEC);
        assert_int_equal(kill(pid, 0), 0);
        (void)close(let_go);
        assert_int_equal(waitpid(tracer, NULL, 0), tracer);
        /* Somebody has waited for it. */
        for (unsigned i = 0; i < 1000 && kill(pid, 0) == 0; i++)
                (void)usleep(10000);
        assert_true(kill(pid, 0) < 0 && errno == ESRCH);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_it_is_ended),
                cmocka_unit_test(test_it_has_ended),
                cmocka_unit_test(test_children_are_ignored),
                cmocka_unit_test(test_it_is_stuck),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
