/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "netlink/netns-thread.h"

#include <dirent.h>
#include <signal.h>
#include <string.h>

#include "test-netns.h"

struct seen {
        ino_t netns;
        pid_t tid;
        bool signals_blocked;
};

static int look(void *userdata)
{
        struct seen *seen = userdata;
        sigset_t mask;
        int fd = test_netns_here();

        seen->netns = test_inode(fd);
        (void)close(fd);
        seen->tid = (pid_t)syscall(SYS_gettid);
        (void)sigprocmask(SIG_BLOCK, NULL, &mask);
        seen->signals_blocked = sigismember(&mask, SIGTERM) && sigismember(&mask, SIGHUP);
        return 7;
}

static int refuse(void *userdata)
{
        return -ENODATA;
}

static size_t count_fds(void)
{
        DIR *d = opendir("/proc/self/fd");
        size_t n = 0;

        assert_non_null(d);
        while (readdir(d))
                n++;
        (void)closedir(d);
        return n;
}

static void test_runs_inside(void **state)
{
        int home = test_netns_enter_new();
        int netns = test_netns_here();
        test_netns_leave(home);

        struct seen seen = {};
        int before = test_netns_here();
        size_t fds = count_fds();
        assert_int_equal(netns_thread_run(netns, look, &seen), 7);
        assert_int_equal(seen.netns, test_inode(netns));
        assert_true(seen.signals_blocked);
        assert_int_not_equal(seen.tid, syscall(SYS_gettid));

        /* Neither the caller's namespace nor its signals nor its fds have changed. */
        int after = test_netns_here();
        assert_int_equal(test_inode(before), test_inode(after));
        (void)close(after);
        assert_int_equal(count_fds(), fds);
        sigset_t mask;
        (void)sigprocmask(SIG_BLOCK, NULL, &mask);
        assert_false(sigismember(&mask, SIGTERM));

        assert_int_equal(netns_thread_run(netns, refuse, NULL), -ENODATA);
        (void)close(before);
        (void)close(netns);
}

static void test_refuses_what_is_no_netns(void **state)
{
        int mnt = open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC);
        int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
        struct seen seen = {};

        if (geteuid() != 0)
                skip();
        assert_int_equal(netns_thread_run(mnt, look, &seen), -EINVAL);
        assert_int_equal(netns_thread_run(null, look, &seen), -EINVAL);
        assert_int_equal(netns_thread_run(-EBADF, look, &seen), -EBADF);
        assert_int_equal(seen.tid, 0);
        (void)close(mnt);
        (void)close(null);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_runs_inside),
                cmocka_unit_test(test_refuses_what_is_no_netns),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
