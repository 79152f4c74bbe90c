/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What the journal is to be told: self-contained, for the entry it is about may be gone before it
 * is sent. */

#include <systemd/sd-id128.h>

#include "ledger/change.h"
#include "ledger/history.h"

/* How many namespaces are listed in one report at most; it counts all. */
#define REPORT_LISTED_MAX 128

struct report {
        sd_id128_t id; /* random: tells this report from every other, also after a restart */
        enum ledger_change_kind kind;
        uint64_t sequence;
        struct ledger_time time;

        /* Of one namespace; all zero for the host's. */
        struct netns_identity netns;
        enum ledger_finding finding;
        enum ledger_ending ending;
        uint64_t since_usec; /* orphaned since, CLOCK_REALTIME */
        uint64_t age_usec;
        uint64_t n_holders;
        struct holder holder; /* the first; for RESOLVED whom the alert named; pid 0: none */
        struct holder former; /* HOLDER_CHANGED: whom the last alert named; else pid 0 */
        char *partial_reason; /* NULL when the view was complete */
        char *interfaces, *addresses; /* what is inside; NULL when not known */

        struct history_facts history; /* whose it was */
        uint64_t last_task_usec; /* CLOCK_REALTIME of the last census that saw a task in it; 0 */

        /* Of several that one process holds, LEAKED or REMINDER: @netns is the first of them,
         * @n_holders is of all, @holder says no more than the process and the kind. */
        uint64_t n_leaks;     /* 0 and 1: of one */
        uint64_t n_leaks_all; /* so many leaks of the share that process holds now, with those told
                                 of before; 0: not told, for it is this one */
        uint64_t n_leaks_shared;     /* so many of the @n_leaks have other holders, too */
        bool kinds_differ;           /* of the holders */
        struct netns_identity *more; /* the others that are listed */
        size_t n_more;

        char *detail; /* of the host's: the sentence; NULL */
        char *gaps;   /* of the coverage: the kinds that are new, or no more; NULL */

        char *share; /* whom it is charged to: of a namespace, and of HELD_BACK; NULL */

        /* HELD_BACK: what the share has that is told of by this alone. */
        uint64_t held_leaked, held_holder_changed, held_reminder, held_resolved;
        uint64_t unkept; /* orphans that are only counted */
};

struct report *report_free(struct report *r);
DEFINE_CLEANUP(struct report *, report_free);

/* An unfilled report with a new id; NULL when out of memory. */
struct report *report_new(enum ledger_change_kind kind, const struct ledger_time *time,
                          uint64_t sequence);
