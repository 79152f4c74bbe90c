/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "inspect/release-call.h"

#include <linux/futex.h>
#include <poll.h>
#include <string.h>
#include <sys/syscall.h>

#include "test-netns.h"

/* The memory of the process: what is read from addresses of ours. */
static ssize_t read_here(pid_t pid, uint64_t address, void *to, size_t n)
{
        assert_int_equal(pid, 7);
        if (address < 4096)
                return -EFAULT;
        memcpy(to, (const void *)(uintptr_t)address, n);
        return (ssize_t)n;
}

#define CALL(n, ...)                                                                               \
        ((struct proc_call){.state = PROC_CALL_WAITING, .number = (n), .arguments = {__VA_ARGS__}})

static void assert_restart(struct proc_call call, enum release_restart expected)
{
        assert_int_equal(release_call_restart(&call), expected);
}

static int uses(struct proc_call call, int fd)
{
        return release_call_uses(&call, fd, 7, read_here);
}

static void test_restart(void **state)
{
        const uint64_t private = FUTEX_PRIVATE_FLAG;

        assert_restart(CALL(SYS_nanosleep), RELEASE_RESTART_YES);
        assert_restart(CALL(SYS_ppoll), RELEASE_RESTART_YES);
        assert_restart(CALL(SYS_restart_syscall), RELEASE_RESTART_YES);
        assert_restart(CALL(SYS_read, 3), RELEASE_RESTART_BY_FILE);
        assert_restart(CALL(SYS_recvmsg, 3), RELEASE_RESTART_BY_FILE);
        assert_restart(CALL(SYS_epoll_pwait), RELEASE_RESTART_NO);
        assert_restart(CALL(SYS_rt_sigtimedwait), RELEASE_RESTART_NO);
        assert_restart(CALL(SYS_fsync, 3), RELEASE_RESTART_NO);
        assert_restart(CALL(999999), RELEASE_RESTART_NO);
        assert_restart(CALL(SYS_futex, 4096, FUTEX_WAIT | private), RELEASE_RESTART_YES);
        assert_restart(CALL(SYS_futex, 4096, FUTEX_WAIT_BITSET | FUTEX_CLOCK_REALTIME),
                       RELEASE_RESTART_YES);
        assert_restart(CALL(SYS_futex, 4096, FUTEX_WAIT_REQUEUE_PI), RELEASE_RESTART_NO);
        assert_restart((struct proc_call){.state = PROC_CALL_RUNNING}, RELEASE_RESTART_NO);
        assert_restart((struct proc_call){.state = PROC_CALL_OTHER, .number = SYS_nanosleep},
                       RELEASE_RESTART_NO);
}

static void test_arguments(void **state)
{
        assert_true(uses(CALL(SYS_read, 3), 3));
        assert_false(uses(CALL(SYS_read, 4, 3), 3));
        /* An int: what is above it in the register means nothing. */
        assert_true(uses(CALL(SYS_read, 0xffffffff00000003), 3));
        assert_true(uses(CALL(SYS_splice, 9, 0, 3), 3));
        assert_true(uses(CALL(SYS_fsync, 3), 3));
        assert_false(uses(CALL(SYS_wait4, 3), 3));
        assert_false(uses(CALL(SYS_clock_nanosleep, 1), 1));
        assert_false(uses((struct proc_call){.state = PROC_CALL_RUNNING}, 0));
}

static void test_lists(void **state)
{
        const struct pollfd list[] = {{.fd = 5}, {.fd = 3}};
        const uint64_t at = (uintptr_t)list, set[2] = {1U << 3, 1U << 6};

        assert_true(uses(CALL(SYS_ppoll, at, 2), 3));
        assert_false(uses(CALL(SYS_ppoll, at, 1), 3));
        assert_false(uses(CALL(SYS_ppoll, 0, 0), 3));
        assert_int_equal(uses(CALL(SYS_ppoll, 8, 2), 3), -EFAULT);
        assert_int_equal(uses(CALL(SYS_ppoll, at, 1U << 30), 3), -E2BIG);
        assert_true(uses(CALL(SYS_restart_syscall, at, 2), 3));
        assert_false(uses(CALL(SYS_restart_syscall, at, 1), 3));
        assert_false(uses(CALL(SYS_restart_syscall, 8, 2), 3));
        assert_true(uses(CALL(SYS_pselect6, 128, (uintptr_t)set), 3));
        assert_true(uses(CALL(SYS_pselect6, 128, 0, 0, (uintptr_t)set), 70));
        assert_false(uses(CALL(SYS_pselect6, 70, 0, 0, (uintptr_t)set), 70));
        assert_false(uses(CALL(SYS_pselect6, 128, (uintptr_t)set), 4));
        assert_int_equal(uses(CALL(SYS_pselect6, 128, 8), 4), -EFAULT);
}

static void test_names(void **state)
{
        struct proc_call call = CALL(SYS_epoll_pwait);

        assert_string_equal(release_call_name(&call), "epoll_pwait");
        call.number = 999999;
        assert_null(release_call_name(&call));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_restart),
                cmocka_unit_test(test_arguments),
                cmocka_unit_test(test_lists),
                cmocka_unit_test(test_names),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
