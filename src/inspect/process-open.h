/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Reaching the very process that a census has seen, not one that has its number now. */

#include "census/census.h"

/* O_PATH fd of /proc/PID, bound to this process for good: reads below it fail with ESRCH once it
 * has ended. Or -ESRCH, or another negative errno. */
int process_open_dir(const struct process *p);

/* Of a process that stands for the host's own mount namespace: proc_host_open(). */
int process_open_host(void);

/* A duplicate of fd @fd of the thread @tid of the process (pidfd_getfd(2)); a reference: close it
 * at once. An fd, -ESRCH, -ENOTSUP for another thread's own table before 6.9, -EBADF when there is
 * no such fd, -EPERM, or another negative errno. */
int process_open_fd(const struct process *p, pid_t tid, int fd);
