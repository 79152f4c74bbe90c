/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* /proc/PID/stat and /proc/PID/task/TID/stat, proc_pid_stat(5). */

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct proc_stat {
        char state;           /* field 3: 'R', 'S', 'Z', … */
        pid_t parent;         /* 4; 0: none, or outside our pid namespace */
        uint64_t start_ticks; /* 22: since boot, time asleep included */
        uint64_t stack_start; /* 28: where its stack begins, which is chosen anew at each execve(2);
                                 0: not shown to us */
};

/* 0 or -EINVAL: that is not all of it. The name, field 2, may hold anything, brackets and newlines
 * too. */
int proc_stat_parse(const char *text, size_t n, struct proc_stat *ret);

/* That of a process or a task from its directory. 0 or a negative errno: -ESRCH when it has ended.
 */
int proc_stat_read(int dir_fd, struct proc_stat *ret);

/* That of a process below a root (proc/open.h), for who needs no more of it than this. The same. */
int proc_stat_of(int root_fd, pid_t pid, struct proc_stat *ret);
