/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The process that a walker is at. */

#include <sys/stat.h>

#include "census/procfs/walker.h"

struct visit {
        struct walker *walker;
        pid_t pid;
        int dir_fd; /* O_PATH of /proc/PID: bound to the process, not to the number */
        int pidfd;  /* leads to the fd table of pidfd_tid; -EBADF until it is needed */
        pid_t pidfd_tid;
        bool unreadable;     /* ptrace access was refused */
        uint64_t home_inode; /* of the namespace that its first thread is in; 0 when not known */
        uid_t uid;           /* whom it is charged to */
        const struct scan_wary *wary; /* what is left out of it; NULL: nothing */
};

/* Opens /proc/PID. 1, 0 when there is no such process any more or the scan leaves it out, or a
 * negative errno. */
int visit_init(struct visit *v, struct walker *w, pid_t pid);
void visit_deinit(struct visit *v);

/* Counts the process as unreadable, once a visit. */
void visit_refused(struct visit *v, int errnum);

/* A pidfd that leads to the fd table of @tid; it stays the visit's. Or a negative errno; -ENOTSUP
 * for a thread's own fd table before Linux 6.9. */
int visit_pidfd(struct visit *v, pid_t tid);

/* A duplicate of fd @fd of @tid, if it still is the file @expected says: the new fd, to be closed
 * at once, or a negative errno; -ENOENT when it is gone or another file now, -ENOTSUP for a
 * thread's own fd table before Linux 6.9. */
int visit_getfd(struct visit *v, pid_t tid, int fd, const struct statx *expected);

/* A holder of which the namespace cannot be asked, because of @r: counted, listed, never
 * dropped. 0 or -ENOMEM. */
int visit_emit_refused(struct visit *v, struct holder *h, int r);
