/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* One scan from start to end, and what is kept between scans so that the next is cheaper.
 *
 * A scanner is used by one thread at a time and may block on foreign files (see scan_progress):
 * never call it from a thread that serves anybody. */

#include <stdatomic.h>

#include "census/census.h"
#include "util/error.h"

struct fork_server;
struct scanner;

/* Two where there are so many CPUs: a scan is to be unnoticed. */
#define SCAN_THREADS_DEFAULT 2

/* One of several processes of a share (util/fair-share.h) that scans have got stuck on. */
struct scan_wary {
        char share[FAIR_SHARE_NAME_MAX];
        bool wholly; /* its processes are left out; else only their memory maps */
};

/* Where evidence comes from. The two are never mixed: one source makes a whole census. */
enum scan_source {
        SCAN_SOURCE_AUTO, /* BPF where it can be used, else procfs */
        SCAN_SOURCE_BPF,  /* or the scan fails */
        SCAN_SOURCE_PROCFS,
        _SCAN_SOURCE_MAX,
};
const char *scan_source_to_string(enum scan_source source);
int scan_source_from_string(const char *s); /* enum scan_source or -EINVAL */

struct scan_options {
        enum scan_source source;
        bool deep;   /* peek into unix sockets' queues for files in flight */
        bool brief;  /* of attached namespaces, count the holders, but list none */
        bool yields; /* offer the CPU to others, between processes: for who is not waited for */
        unsigned threads;                /* walkers side by side; 0 and 1 are one */
        struct fork_server *fork_server; /* for what may block for ever; without, no queue is
                                            looked into */
        /* Processes to leave alone entirely, counted as GAP_PROCESS_SKIPPED: by number, for the
         * start time of one that a scan got stuck on can not be read either (its stat takes the
         * same lock). The caller drops a number when whatever was stuck has come back. */
        const pid_t *skip;
        size_t n_skip;
        /* Shares whose other processes would get the scan stuck, too: GAP_PROCESS_SKIPPED, or
         * GAP_MAPS_LEFT_OUT. */
        const struct scan_wary *wary;
        size_t n_wary;
        bool no_maps; /* and no memory map is read at all */
        /* Namespaces of which the caller knows: for those that the scan does not find, the kernel
         * is asked whether they still exist. */
        const struct netns_identity *ask;
        size_t n_ask;
};

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
        SCAN_CONFIRM,   /* looking at the tasks again */
        _SCAN_STEP_MAX,
};

/* A clause that goes on from "stuck ": "reading the memory map of". */
const char *scan_step_text(enum scan_step step);

/* Written by the scanning threads, read by anyone. Owned by the caller, who keeps it as long as a
 * scan that got it may still run (a stuck one: forever). */
struct scan_progress {
        _Atomic uint64_t beats; /* grows whenever the scan gets on */
        _Atomic int step;       /* enum scan_step */
        _Atomic int pid;        /* process it is at, 0 for none */
        _Atomic bool cancel;    /* set by the watcher: stop at the next process, with -ECANCELED */
};

/* Says where the scan is. For collectors. */
static inline void scan_progress_at(struct scan_progress *p, pid_t pid, enum scan_step step)
{
        atomic_store_explicit(&p->pid, pid, memory_order_relaxed);
        atomic_store_explicit(&p->step, (int)step, memory_order_relaxed);
        atomic_fetch_add_explicit(&p->beats, 1, memory_order_relaxed);
}

/* Starts what scans need for looks that may block (scan_options.fork_server): to be called before
 * any thread is started. A scan that is left behind may still use it, so it is never freed while
 * the program runs. 0, or a negative errno with the sentence. */
int scanner_fork_server(struct fork_server **ret, struct error *error);

/* Learns the kernel's devices and what it can do. 0, or a negative errno with the sentence:
 * -ENOSYS kernel too old, -ENOENT no /proc, -ENOMEM. Needs no privilege itself: what it may not see
 * later is counted in the coverage. */
int scanner_new(struct scanner **ret, struct error *error);
struct scanner *scanner_free(struct scanner *s);
DEFINE_CLEANUP(struct scanner *, scanner_free);

/* Makes one census. @progress may be NULL. 0, or a negative errno with the sentence; then nothing
 * about the host may be concluded. Processes that vanish on the way are no error. */
int scanner_scan(struct scanner *s, const struct scan_options *options,
                 struct scan_progress *progress, struct census **ret, struct error *error);
