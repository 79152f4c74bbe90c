/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "util/fork-server.h"

#include <dirent.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "test-netns.h"

/* Says how many fds it has open, whether its output goes anywhere, and repeats what it is told. */
static void child(int fd)
{
        char word[32], answer[64];
        ssize_t n;

        while ((n = recv(fd, word, sizeof(word) - 1, 0)) > 0) {
                unsigned n_fds = 0;
                char link[64] = "";
                DIR *d = opendir("/proc/self/fd");

                word[n] = '\0';
                while (d && readdir(d))
                        n_fds++;
                (void)closedir(d);
                if (strcmp(word, "hang") == 0)
                        (void)pause();
                (void)!readlink("/proc/self/fd/1", link, sizeof(link) - 1);
                /* ".", ".." and the directory itself are in the list, too. */
                n = snprintf(answer, sizeof(answer), "%s %u %s", word, n_fds - 3, link);
                (void)send(fd, answer, (size_t)n, MSG_NOSIGNAL);
        }
}

static bool is_readable(int fd, int msec)
{
        struct pollfd p = {.fd = fd, .events = POLLIN};
        return poll(&p, 1, msec) > 0;
}

static struct fork_server *start(void)
{
        struct fork_server *s = NULL;
        struct error error;

        assert_int_equal(fork_server_new(&s, child, &error), 0);
        return s;
}

static void test_children_hold_nothing(void **state)
{
        /* Not close-on-exec, and of the program alone. */
        _cleanup_close_ int other = open("/dev/zero", O_RDONLY);
        _cleanup_(fork_server_freep) struct fork_server *s = start();
        struct forked a, b;
        char answer[64] = "";

        assert_int_equal(fork_server_get(s, &a), 0);
        assert_int_equal(fork_server_get(s, &b), 0);
        assert_true(a.pid != b.pid);
        assert_int_equal(send(b.socket_fd, "one", 3, 0), 3);
        assert_true(recv(b.socket_fd, answer, sizeof(answer) - 1, 0) > 0);
        assert_string_equal(answer, "one 4 /dev/null");
        /* The end of its socket is its end. */
        int pidfd = fcntl(b.pidfd, F_DUPFD_CLOEXEC, 0);
        assert_false(is_readable(pidfd, 0));
        fork_server_release(&b);
        assert_true(is_readable(pidfd, 5000));
        fd_close(pidfd);
        fork_server_release(&a);
}

static void test_a_stuck_child_is_killed(void **state)
{
        _cleanup_(fork_server_freep) struct fork_server *s = start();
        struct forked f;

        assert_int_equal(fork_server_get(s, &f), 0);
        assert_int_equal(send(f.socket_fd, "hang", 4, 0), 4);
        assert_false(is_readable(f.socket_fd, 50));
        fork_server_kill(&f);
        assert_true(is_readable(f.pidfd, 5000));
        fork_server_release(&f);
        /* And there are others. */
        assert_int_equal(fork_server_get(s, &f), 0);
        fork_server_release(&f);
}

static void test_all_end_with_the_server(void **state)
{
        struct fork_server *s = start();
        struct forked f;

        assert_int_equal(fork_server_get(s, &f), 0);
        assert_int_equal(send(f.socket_fd, "hang", 4, 0), 4);
        fork_server_free(s);
        assert_true(is_readable(f.pidfd, 5000));
        fork_server_release(&f);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_children_hold_nothing),
                cmocka_unit_test(test_a_stuck_child_is_killed),
                cmocka_unit_test(test_all_end_with_the_server),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
