/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* How much of the host a scan has seen, and why not more. */

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* Why a view is not complete. Each is counted; the text is in coverage_gap_text(). */
enum coverage_gap {
        GAP_PROCESS_UNREADABLE, /* ptrace access refused: its fds are unseen */
        GAP_TASK_UNPROVEN,      /* nor could the namespace it is in be proved */
        GAP_PROCESS_SKIPPED,    /* left out, because an earlier scan got stuck on it */
        GAP_FD_REFUSED,         /* pidfd_getfd or an ioctl on its result was refused */
        GAP_THREAD_FDS,         /* a thread's own fd table that this kernel gives no access to */
        GAP_PID_NAMESPACE,      /* we do not see the processes outside our pid namespace */
        GAP_HIDDEN_PROCESSES,   /* procfs is mounted with hidepid= or subset= */
        GAP_MOUNTS_UNREADABLE,  /* a mount namespace nobody readable is in */
        GAP_IN_FLIGHT_OFF,      /* queues hold files, and Deep= is off */
        GAP_IN_FLIGHT_LIMIT,    /* a queue was too deep, too long, or had SO_PEEK_OFF set */
        GAP_IN_FLIGHT_BLOCKED,  /* a look into a queue got stuck, now or before */
        GAP_FAULT,              /* a system call failed that should not; the errno says how */
        GAP_HOLDER_UNRESOLVED,  /* the namespace of a holder cannot be determined */
        GAP_TOO_MANY_FILES,     /* no time for all files of a process, or of all those of a user */
        GAP_UNEXPLAINED,        /* the kernel counts references that nothing found accounts for */
        GAP_NOT_LOOKED_AT,      /* nor was it looked for them: their owner has used up its share */
        GAP_EXITING,            /* a task that has begun to end, and shows its files no more */
        GAP_RING,               /* an io_uring does not show all it holds */
        GAP_BPF_LINKS,          /* the BPF links of this host cannot be listed */
        GAP_UNSETTLED,          /* tasks came and went too fast for a proof */
        GAP_NETNS_UNSEEN,       /* a namespace lives that nothing visible leads to */
        GAP_MAPS_LEFT_OUT,      /* not read, because that has got scans stuck elsewhere */
        _COVERAGE_GAP_MAX,
};

struct coverage_count {
        uint64_t count;
        pid_t first_pid;  /* 0 when not of a process */
        int first_errnum; /* positive, 0 when none */
};

struct coverage {
        bool complete;       /* nothing that could hold a namespace was left unseen */
        bool tasks_complete; /* the namespace of every task is known */
        uint64_t processes;
        uint64_t threads;
        uint64_t fds;
        uint64_t sockets; /* distinct socket inodes */
        uint64_t unreadable_processes;
        uint64_t unresolved_holders;
        struct coverage_count gaps[_COVERAGE_GAP_MAX];
};

/* "process_unreadable": one word, the same wherever a gap is named. */
const char *coverage_gap_to_string(enum coverage_gap gap);

/* A sentence about @gap without full stop, e.g. "1 process cannot be read (pid 1: Permission
 * denied)", or NULL when its count is 0. New string; *ret NULL and -ENOMEM when out of memory. */
int coverage_gap_text(const struct coverage *c, enum coverage_gap gap, char **ret);

/* Fills in complete and tasks_complete from the gaps. */
void coverage_conclude(struct coverage *coverage);
