/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Who is of nsorphan: daemons, clients, their helper processes. All of them look into namespaces,
 * and what they hold there for a moment, or for as long as it takes, must not look like what keeps
 * a leak alive, nor like its end.
 *
 * Each of them lives in a UTS namespace of its own, whose domain name is its mark. A mark counts
 * only where that namespace belongs to the initial user namespace (or to our own), so that only
 * root can have one; and only for the process whose start it tells, so that none is inherited. It
 * goes with the threads of a process into every network namespace, and is seen from everywhere:
 * from other pid and mount namespaces, out of a container and into one. */

#include <stdint.h>
#include <sys/types.h>

/* Marks this process, as long as it has one thread: all that it has outside of its own network
 * namespace is ours. 0, also when it is marked already, or a negative errno: then others take us
 * for a stranger (no CAP_SYS_ADMIN). */
int mark_set(void);

/* Takes it off: for a process that is about to become another program. */
void mark_clear(void);

enum mark_answer {
        MARK_NONE,
        MARK_OURS,
        MARK_GONE, /* the thread has ended meanwhile */
};

struct mark_visits {
        uint32_t begun, ended;
};

/* Whether a thread's process is of nsorphan, and how often that has looked into namespaces.
 * @proc_fd is of /proc; @ret_visits may be NULL. */
enum mark_answer mark_ask(int proc_fd, pid_t pid, pid_t tid, struct mark_visits *ret_visits);

/* A look begins or ends; for netns/visit-lock.h. On any thread; of no one who is not marked. */
enum mark_look { MARK_BEGINS, MARK_ENDS };
void mark_count(enum mark_look look);
