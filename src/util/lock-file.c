/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "util/lock-file.h"

#include <fcntl.h>
#include <stdbool.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>

#include "util/clock.h"
#include "util/macro.h"

#define STEP_USEC (2 * USEC_PER_MSEC)

/* Whether nobody but us (and root) can have made it what it is. */
static int check_owner(int fd, mode_t type, mode_t forbidden)
{
        struct stat st;

        if (fstat(fd, &st) < 0)
                return negative_errno();
        if ((st.st_mode & S_IFMT) != type || (st.st_mode & forbidden) != 0 ||
            (st.st_uid != geteuid() && st.st_uid != 0))
                return -EPERM;
        return 0;
}

static int open_lock(const char *directory, const char *name, int *ret)
{
        _cleanup_close_ int dir =
                open(directory, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY);
        _cleanup_close_ int fd = -EBADF;
        int r;

        if (dir < 0)
                return negative_errno();
        r = check_owner(dir, S_IFDIR, S_IWGRP | S_IWOTH);
        if (r < 0)
                return r;
        fd = openat(dir, name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY | O_NONBLOCK,
                    0600);
        if (fd < 0)
                return negative_errno();
        r = check_owner(fd, S_IFREG, S_IRWXG | S_IRWXO);
        if (r < 0)
                return r;
        *ret = TAKE_FD(fd);
        return 0;
}

int lock_file_take(const char *directory, const char *name, int how, uint64_t wait_usec)
{
        const struct timespec step = {.tv_nsec = STEP_USEC * NSEC_PER_USEC};
        uint64_t end = clock_usec(CLOCK_MONOTONIC) + wait_usec;
        _cleanup_close_ int fd = -EBADF;

        int r = open_lock(directory, name, &fd);
        if (r < 0)
                return r;
        for (;;) {
                if (flock(fd, how | LOCK_NB) >= 0)
                        return TAKE_FD(fd);
                if (errno != EWOULDBLOCK && errno != EINTR)
                        return negative_errno();
                if (clock_usec(CLOCK_MONOTONIC) >= end)
                        return -EWOULDBLOCK;
                (void)nanosleep(&step, NULL);
        }
}

int lock_file_take_shared(const char *name, int how, uint64_t wait_usec)
{
        (void)mkdir(LOCK_DIRECTORY, 0755);
        return lock_file_take(LOCK_DIRECTORY, name, how, wait_usec);
}
