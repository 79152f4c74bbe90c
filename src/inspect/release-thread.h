/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Which thread of a process can be stopped for a moment so that the program does not notice. */

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "util/error.h"

struct release_threads {
        pid_t *tids; /* the best first */
        size_t n;
};

/* Those threads of the process @pid, whose directory is @process_fd, that have the fd table of its
 * task @table, and run, or wait in a call that goes on by itself.
 *
 * 0 with at least one; -EBUSY when a thread uses @fd, or waits for it; -EAGAIN when there is no
 * such thread; or another negative errno. With a clause that goes on from "it ". */
int release_threads_find(pid_t pid, int process_fd, pid_t table, int fd,
                         struct release_threads *ret, struct error *error);
void release_threads_deinit(struct release_threads *t);
