/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A network namespace of a test's own, and the includes every cmocka test needs. */

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <sched.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "util/macro.h"

/* An nsfs fd for the namespace the calling thread is in. */
static inline int test_netns_here(void)
{
        int fd = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
        assert_true(fd >= 0);
        return fd;
}

static inline ino_t test_inode(int fd)
{
        struct stat st;
        assert_int_equal(fstat(fd, &st), 0);
        return st.st_ino;
}

/* Moves the calling thread into a new namespace and returns an nsfs fd of the one it left; skips
 * the test where that is not allowed. */
static inline int test_netns_enter_new(void)
{
        int home = test_netns_here();
        if (unshare(CLONE_NEWNET) < 0) {
                (void)close(home);
                skip();
        }
        return home;
}

/* Back to @home, which is closed. */
static inline void test_netns_leave(int home)
{
        assert_int_equal(setns(home, CLONE_NEWNET), 0);
        (void)close(home);
}
