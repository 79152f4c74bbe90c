/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "util/visit_lock.h"

#include <fcntl.h>
#include <stdint.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>

#include "util/macro.h"

/* The daemon's runtime directory, which is kept over restarts; made here where no daemon was. */
#define LOCK_DIRECTORY "/run/nsorphand"
#define LOCK_PATH      LOCK_DIRECTORY "/visit.lock"

#define WAIT_USEC       (2 * USEC_PER_SEC)
#define WAIT_ALONE_USEC (USEC_PER_SEC / 5)
#define STEP_USEC       (2 * USEC_PER_MSEC)

static int lock(int how, uint64_t wait_usec)
{
        const struct timespec step = {.tv_nsec = STEP_USEC * NSEC_PER_USEC};

        (void)mkdir(LOCK_DIRECTORY, 0755);
        _cleanup_close_ int fd =
                open(LOCK_PATH, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY, 0600);

        if (fd < 0)
                return negative_errno();
        for (unsigned i = 0; i < wait_usec / STEP_USEC; i++) {
                if (flock(fd, how | LOCK_NB) >= 0)
                        return TAKE_FD(fd);
                if (errno != EWOULDBLOCK)
                        return negative_errno();
                (void)nanosleep(&step, NULL);
        }
        return -ETIMEDOUT;
}

int visit_lock(void)
{
        return lock(LOCK_SH, WAIT_USEC);
}

int visit_lock_alone(void)
{
        return lock(LOCK_EX, WAIT_ALONE_USEC);
}
