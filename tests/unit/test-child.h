/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Children of a test. After cmocka.h. */

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* A child that does @act and then waits. */
static inline pid_t test_child(int (*act)(void))
{
        int done[2];
        char byte = 0;

        assert_int_equal(pipe2(done, O_CLOEXEC), 0);
        pid_t pid = fork();
        assert_true(pid >= 0);
        if (pid == 0) {
                byte = (char)(act && act() < 0);
                /* A test that fails ends us too: who reads its output waits for all that have it.
                 */
                (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
                (void)!write(done[1], &byte, 1);
                for (;;)
                        pause();
        }
        assert_int_equal(read(done[0], &byte, 1), 1);
        assert_int_equal(byte, 0);
        (void)close(done[0]);
        (void)close(done[1]);
        return pid;
}

static inline void test_child_end(pid_t pid)
{
        assert_int_equal(kill(pid, SIGKILL), 0);
        assert_int_equal(waitpid(pid, NULL, 0), pid);
}
