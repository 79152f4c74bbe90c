/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What a system call that a thread waits in means for `release`. Pure functions, but for the memory
 * that some calls list their files in. */

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "proc/call.h"

enum release_restart {
        RELEASE_RESTART_NO,      /* it would return EINTR, or nobody knows */
        RELEASE_RESTART_YES,     /* it goes on by itself when the thread was stopped meanwhile */
        RELEASE_RESTART_BY_FILE, /* depends on the file that its first argument is an fd of */
};

/* How the call takes being stopped: signal(7), "Interruption of system calls". */
enum release_restart release_call_restart(const struct proc_call *call);

/* Reads memory of the process whose thread waits: how much was read, or a negative errno. */
typedef ssize_t (*release_call_read_fn)(pid_t pid, uint64_t address, void *to, size_t n);

/* Whether the call waits for the fd, or uses it. 1, 0, or a negative errno: its list cannot be
 * read. */
int release_call_uses(const struct proc_call *call, int fd, pid_t pid, release_call_read_fn read);

/* Its name, such as "epoll_wait"; NULL for one that is none of the usual. */
const char *release_call_name(const struct proc_call *call);
