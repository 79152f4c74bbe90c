/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Scans that got stuck, each left to itself with its thread until the kernel lets it go, and what
 * later scans leave out because of them. The loop's thread. */

#include <systemd/sd-event.h>

#include "census/worker.h"
#include "nsorphand/wary.h"

/* How many threads may be left behind at one time; beyond it there are no scans until one comes
 * back. */
#define LEFT_BEHIND_MAX 8

/* A process that scans leave out. */
struct left_behind_process {
        pid_t pid;
        enum scan_step step;
        uint64_t since_usec; /* CLOCK_REALTIME */
};

struct left_behind_scan {
        struct worker *worker;
        sd_event_source *source;
        struct left_behind_process process; /* pid 0: it was at none */
        char share[FAIR_SHARE_NAME_MAX];    /* whom that is charged to */
};

struct left_behind {
        struct left_behind_scan scans[LEFT_BEHIND_MAX];
        size_t n_scans;
        struct left_behind_process processes[LEFT_BEHIND_MAX];
        size_t n_processes;
};

/* What the options of a scan point to. */
struct left_behind_options {
        struct scan_wary wary[LEFT_BEHIND_MAX];
        pid_t skip[LEFT_BEHIND_MAX + 1];
};

/* Leaves @worker to itself, which is at @step of @pid (0: of no process). There must be room. @l
 * must stay where it is. */
void left_behind_add(struct left_behind *l, sd_event *event, struct worker *worker, pid_t pid,
                     enum scan_step step);

/* What the next scan is to leave out: in @options, which point into @memory. */
void left_behind_apply(const struct left_behind *l, struct left_behind_options *memory,
                       struct scan_options *options);

void left_behind_deinit(struct left_behind *l);

/* Longest text left_behind_name() makes, with its NUL. */
#define LEFT_BEHIND_NAME_MAX 128

/* "process 12 (name)". The name is read without any lock that a stuck process could hold. */
const char *left_behind_name(pid_t pid, char buffer[static LEFT_BEHIND_NAME_MAX]);
