/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* One thread that goes over processes. */

#include "census/builder.h"
#include "census/charge.h"
#include "census/procfs/exits.h"
#include "census/procfs/own.h"
#include "census/procfs/proof.h"
#include "census/procfs/queues.h"
#include "census/procfs/walk.h"

struct walker {
        struct walk *walk;
        struct builder *builder;
        char *dents;                  /* DENTS_BUFFER_SIZE */
        struct number_list tids;      /* of the process it is at */
        struct number_list fd_tables; /* one task of each of its fd tables */
        struct fd_table_order fd_table_order;
        size_t n_vanished;          /* threads that were listed, but gone when their turn came */
        struct number_set *zombies; /* those that do not count as vanished again; may be NULL */
        struct own own;
        struct queues queues;
        struct proof proof;
        struct exits exits;
        unsigned n_ring_waits; /* io_urings whose lock was waited for */
        struct charge_cache charges;
        _Atomic int pid; /* where it is, for watchers */
        _Atomic int step;
};

/* 0 or -ENOMEM. */
int walker_init(struct walker *w, struct walk *walk);
void walker_deinit(struct walker *w);

/* What @from found on its own becomes @to's, too. 0 or -ENOMEM. */
int walker_merge(struct walker *to, struct walker *from);

/* Whether the scan is to leave this process alone: scan_options. */
bool walker_skips(const struct walker *w, pid_t pid);

/* Tells watchers where this walker is. */
void walker_at(struct walker *w, pid_t pid, enum scan_step step);
