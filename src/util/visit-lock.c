/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "util/visit-lock.h"

#include <sys/file.h>

#include "util/lock-file.h"

#define WAIT_ALONE_USEC (USEC_PER_SEC / 5)

static int lock(int how, uint64_t wait_usec)
{
        int fd = lock_file_take_shared("visit.lock", how, wait_usec);
        return fd == -EWOULDBLOCK ? -ETIMEDOUT : fd;
}

int visit_lock(void)
{
        return lock(LOCK_SH, VISIT_LOCK_USEC);
}

int visit_lock_alone(void)
{
        return lock(LOCK_EX, WAIT_ALONE_USEC);
}
