/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "inspect/inject-thread.h"

#include <sys/syscall.h>

#include "test-netns.h"

static void test_restart(void **state)
{
        assert_int_equal(inject_thread_restart(SYS_read, -512, false), INJECT_RESTART_KERNEL);
        assert_int_equal(inject_thread_restart(SYS_read, -513, true), INJECT_RESTART_KERNEL);
        assert_int_equal(inject_thread_restart(SYS_ppoll, -514, false), INJECT_RESTART_KERNEL);
        assert_int_equal(inject_thread_restart(SYS_nanosleep, -516, false), INJECT_RESTART_BLOCK);
        assert_int_equal(inject_thread_restart(SYS_epoll_pwait, -EINTR, false),
                         INJECT_RESTART_OURS);
        /* It is not because of us alone. */
        assert_int_equal(inject_thread_restart(SYS_epoll_pwait, -EINTR, true), INJECT_RESTART_NONE);
        /* It may have done something. */
        assert_int_equal(inject_thread_restart(SYS_connect, -EINTR, false), INJECT_RESTART_NONE);
        assert_int_equal(inject_thread_restart(SYS_read, 3, false), INJECT_RESTART_NONE);
        assert_int_equal(inject_thread_restart(SYS_read, -EIO, false), INJECT_RESTART_NONE);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_restart),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
