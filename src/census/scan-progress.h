/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Where a scan is. */

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* What the scan does at this moment, for a watcher on another thread. */
enum scan_step {
        SCAN_IDLE,
        SCAN_TASKS,     /* reading namespace links */
        SCAN_FDS,       /* walking an fd table */
        SCAN_IN_FLIGHT, /* peeking into a queue: closing a foreign file may wait for its server */
        SCAN_MOUNTS,    /* reading mountinfo */
        SCAN_MAPS,      /* reading maps: takes the process's mmap lock */
        SCAN_NETLINK,   /* asking inside a namespace */
        SCAN_DESCRIBE,  /* reading names of holders */
        SCAN_RECHECK,   /* looking at the tasks again */
        _SCAN_STEP_MAX,
};

/* A clause that goes on from "stuck ": "reading the memory map of". */
const char *scan_progress_step_text(enum scan_step step);

/* Written by the scanning threads, read by anyone. Owned by the caller, who keeps it as long as a
 * scan that got it may still run (a stuck one: forever). */
struct scan_progress {
        _Atomic uint64_t beats; /* grows whenever the scan gets on */
        _Atomic int step;       /* enum scan_step */
        _Atomic int pid;        /* process it is at, 0 for none */
        _Atomic bool cancel;    /* set by the watcher: stop at the next process, with -ECANCELED */
};

/* Says where the scan is. For sources. */
static inline void scan_progress_at(struct scan_progress *p, pid_t pid, enum scan_step step)
{
        atomic_store_explicit(&p->pid, pid, memory_order_relaxed);
        atomic_store_explicit(&p->step, (int)step, memory_order_relaxed);
        atomic_fetch_add_explicit(&p->beats, 1, memory_order_relaxed);
}
