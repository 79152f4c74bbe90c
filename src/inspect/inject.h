/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Has one thread of another process put an empty socket in the place of one of its files, with
 * three system calls: socket(2), dup3(2), close(2). It is stopped for that, by ptrace(2), without a
 * signal.
 *
 * Whatever becomes of the caller meanwhile, the thread goes on with the registers, the signal mask
 * and the system call that it had: see inject-frame.h. At most a descriptor too many stays then. */

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "inspect/inject-code.h"
#include "util/error.h"

struct inject_order {
        pid_t pid;
        pid_t tid;      /* the thread that does it */
        int process_fd; /* /proc/PID */
        int fd;         /* what is to be replaced: */
        int file;       /* a duplicate of ours says which file it is to be */
        bool cloexec;
        struct inject_code code;
        struct inject_range stack; /* of the first thread */
};

struct inject_result {
        bool replaced;         /* also when something failed after that */
        uint64_t stopped_nsec; /* for so long the thread was */
};

/* Whether it is possible on this architecture. 0, or -EOPNOTSUPP with the sentence. */
int inject_is_supported(struct error *error);

/* Does it, on a thread of its own that is the tracer; so nothing is traced any more when this
 * returns. The sentence is a clause: it goes on from "it ", or begins with "failed to".
 *
 * 0, -EAGAIN when this thread cannot do it now, but another may, or later; -ESTALE when @fd is
 * another file, -ESRCH when the thread has ended, or another negative errno. */
int inject_replace(const struct inject_order *order, struct inject_result *ret,
                   struct error *error);
