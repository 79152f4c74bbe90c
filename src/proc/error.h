/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What the errors of files below /proc/PID mean. */

#include <errno.h>
#include <stdbool.h>

/* Whether @r is what a process or fd that has gone away gives: no error. */
static inline bool proc_error_is_gone(int r)
{
        return r == -ENOENT || r == -ESRCH || r == -EBADF;
}

/* Whether it is for want of a right. */
static inline bool proc_error_is_refused(int r)
{
        return r == -EACCES || r == -EPERM;
}
