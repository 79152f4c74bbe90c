/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Which tasks share an fd table. kcmp(2) tells in which order the kernel's tables stand, so that
 * one more task is compared with few of many. */

#include <stddef.h>
#include <sys/types.h>

/* One task of each fd table, in the order of those; all zero at first. */
struct fd_table_order {
        pid_t *tids;
        size_t n, room;
};

/* Adds the fd table of @tid. 1 when it is another one than all before, 0 when it is one of them,
 * -ESRCH when the task has gone, or another negative errno. A task that has gone stands for its
 * fd table no longer. */
int fd_table_order_add(struct fd_table_order *o, pid_t tid);
void fd_table_order_deinit(struct fd_table_order *o);

/* The same with the comparison as a parameter: as kernel_kcmp_files(). */
int fd_table_order_add_by(struct fd_table_order *o, pid_t tid, int (*compare)(pid_t a, pid_t b));
