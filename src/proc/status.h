/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* /proc/PID/status and /proc/PID/task/TID/status, proc_pid_status(5). */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* How many pid namespaces a process can be nested in: MAX_PID_NS_LEVEL of
 * include/linux/pid_namespace.h, and the first. */
#define PROC_STATUS_PIDS_MAX 33

struct proc_status {
        char state; /* 'R', 'S', 'Z', …; 0: not told */
        bool has_uid;
        uid_t uid; /* real */
        uint64_t threads;
        bool has_files; /* also when that is not told */
        bool has_memory;
        pid_t pids[PROC_STATUS_PIDS_MAX]; /* its number in each pid namespace it is in, ours first
                                           */
        size_t n_pids;
        pid_t tracer;          /* 0: none, or outside our pid namespace */
        uint64_t seccomp;      /* 0: no filter */
        bool has_shadow_stack; /* x86 */
        uint64_t sig_pending;  /* a bit each: signal 1 is the lowest */
        uint64_t sig_blocked;
};

#define PROC_STATUS_INIT ((struct proc_status){.has_files = true})

/* Takes in a line (without newline). Any bytes are fine. */
void proc_status_take(struct proc_status *s, const char *line, size_t n);

/* That of a process or a task from its directory, whatever its size: a user makes the list of his
 * groups as long as he likes. 0 or a negative errno: -ESRCH when it has ended. */
int proc_status_read(int dir_fd, struct proc_status *ret);

/* Whether the task has begun to end: it has neither memory nor files any more (kernel/exit.c,
 * exit_mm(), exit_files()), and has not ended. A worker of vhost in a process has no files either
 * (6.4), but memory. */
bool proc_status_is_exiting(const struct proc_status *s);

/* Whether a signal waits for it that it has not blocked. */
bool proc_status_has_signal(const struct proc_status *s);
