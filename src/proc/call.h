/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* /proc/PID/syscall and /proc/PID/task/TID/syscall, proc_pid_syscall(5): what a task waits in. */

#include <stddef.h>
#include <stdint.h>

enum proc_call_state {
        PROC_CALL_RUNNING, /* it runs, or is about to */
        PROC_CALL_WAITING, /* in a system call: all fields hold */
        PROC_CALL_OTHER, /* outside of one, such as for a page: number and arguments do not hold */
};

struct proc_call {
        enum proc_call_state state;
        uint64_t number; /* of this architecture's calls */
        uint64_t arguments[6];
        uint64_t stack_pointer; /* of user space; 0 while it runs */
};

/* 0, or -EINVAL: that is not all of it. */
int proc_call_parse(const char *text, size_t n, struct proc_call *ret);

/* That of a process or a task from its directory. 0 or a negative errno: -ESRCH when it has ended.
 */
int proc_call_read(int dir_fd, struct proc_call *ret);
