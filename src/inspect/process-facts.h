/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Who a process is, for the one who has to decide what to do with it. Every string is escaped. */

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "census/census.h"
#include "inspect/container.h"
#include "proc/status.h"

struct process_facts {
        pid_t pid;
        bool gone; /* it ended before it could be described: nothing below is known */
        char *comm;
        char *executable;   /* NULL: kernel thread, or not readable */
        bool deleted;       /* the executable was replaced or removed since */
        bool root_owned;    /* the executable is a file of root's that nobody else may write */
        bool go;            /* the executable was built by Go */
        char *command_line; /* NULL: unknown, or not asked for */
        bool has_uid;
        uid_t uid;           /* real */
        char *user;          /* its name in /etc/passwd; NULL for none */
        uint64_t start_usec; /* CLOCK_REALTIME; 0 when unknown */
        uint64_t threads;
        pid_t parent; /* 0: none, or outside our pid namespace */
        char *parent_comm;
        char *parent_executable;
        char *cgroup; /* NULL: the root, or unknown */
        char *unit;   /* system unit; NULL for none */
        char *user_unit;
        bool unit_unknown; /* one of these may be one all the same: it cannot be read */
        bool has_owner;    /* it is below a user's slice */
        uid_t owner;       /* of that slice */
        char *slice;
        bool in_container;
        struct container container;
        pid_t pids[PROC_STATUS_PIDS_MAX]; /* its number in each pid namespace it is in, ours first
                                           */
        size_t n_pids;
};

/* What may wait for the process's mmap lock, i.e. hang when that process is stuck. */
#define PROCESS_FACTS_MAY_HANG 0x1

/* Reads what there is. A fact that cannot be read is left out; a process that is gone (or whose
 * number another one has now) is a fact too. With PROCESS_FACTS_MAY_HANG in @flags also command
 * line and environment, after everything else: only where a hang hurts nobody. 0 or -ENOMEM. */
int process_facts_read(const struct process *process, unsigned flags, struct process_facts **ret);
struct process_facts *process_facts_free(struct process_facts *f);
DEFINE_CLEANUP(struct process_facts *, process_facts_free);
