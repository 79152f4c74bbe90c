/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What a scan is asked for. */

#include "census/census.h"
#include "census/scan-source.h"
#include "util/fair-share.h"

struct fork_server;
struct teller;

/* Two where there are so many CPUs: a scan is to be unnoticed. */
#define SCAN_THREADS_DEFAULT 2

/* One of several processes of a share (util/fair-share.h) that scans have got stuck on. */
struct scan_wary {
        char share[FAIR_SHARE_NAME_MAX];
        bool wholly; /* its processes are left out; else only their memory maps */
};

struct scan_options {
        enum scan_source source;
        bool cross_check;    /* hold a census by BPF against one by procfs */
        const char *not_bpf; /* why BPF is not to be used, whatever the source; NULL */
        bool deep;           /* peek into unix sockets' queues for files in flight */
        bool brief;          /* of attached namespaces, count the holders, but list none */
        bool strays;         /* see stray threads; not where it is brief */
        bool yields; /* offer the CPU to others, between processes: for who is not waited for */
        bool frugal; /* by BPF: holders are looked for within 1 % of a CPU, shared by owners */
        unsigned threads;                /* walkers side by side; 0 and 1 are one */
        struct fork_server *fork_server; /* for what may block for ever; without, no queue is
                                            looked into */
        /* Processes to leave alone entirely, counted as GAP_PROCESS_SKIPPED: by number, for the
         * start time of one that a scan got stuck on cannot be read either (its stat takes the
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
        struct teller *teller; /* adds to the census what it knows; NULL */
};

/* Whether a process is to be left alone: `skip`. */
bool scan_options_skips(const struct scan_options *options, pid_t pid);
