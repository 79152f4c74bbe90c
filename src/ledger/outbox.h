/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The reports that wait to be written to the journal, oldest first, and the limit on their number.
 * A report is self-contained: the entry it is about may be gone before it is sent. */

#include <systemd/sd-id128.h>

#include "ledger/ledger.h"

struct report {
        sd_id128_t id; /* random: tells this report from every other, also after a restart */
        enum ledger_change_kind kind;
        uint64_t sequence;
        struct ledger_time time;

        /* Of one namespace; all zero for the host's. */
        struct netns_identity netns;
        enum ledger_ending ending;
        uint64_t since_usec; /* orphaned since, CLOCK_REALTIME */
        uint64_t age_usec;
        uint64_t n_holders;
        struct ledger_holder holder; /* the first; for RESOLVED whom the alert named; pid 0: none */
        struct ledger_holder former; /* HOLDER_CHANGED: whom the last alert named; else pid 0 */
        char *partial_reason;        /* NULL when the view was complete */
        char *interfaces, *addresses; /* what is inside; NULL when not known */

        char *detail; /* of the host's: the sentence; NULL */
};

struct report *report_free(struct report *r);
DEFINE_CLEANUP(struct report *, report_free);

/* An unfilled report with a new id; NULL when out of memory. */
struct report *report_new(enum ledger_change_kind kind, const struct ledger_time *time,
                          uint64_t sequence);

/* So many wait at most while the journal is away; what is more is only counted. */
#define OUTBOX_MAX 4096

struct outbox {
        struct report **reports;
        size_t n, room;

        unsigned max_per_minute;           /* 0: no limit */
        uint64_t window_boot_usec;         /* when the running minute began; 0: none has */
        unsigned n_in_window;              /* reports let through in it */
        bool summary_in_window;            /* told of those held back in it */
        uint64_t held[_LEDGER_CHANGE_MAX]; /* held back and not told of yet, by kind */
};

/* Whether a report on a namespace may be made now, or only counted (then it is, in held[]). */
bool outbox_admit(struct outbox *o, enum ledger_change_kind kind, const struct ledger_time *now);

/* Whether a summary is to be made now: something was held back, and none was made this minute.
 * The caller adds it; *ret_detail is its sentence. 1, 0 or -ENOMEM. */
int outbox_summarize(struct outbox *o, const struct ledger_time *now, char **ret_detail);

/* CLOCK_BOOTTIME at which a summary can be made of what is held back, or UINT64_MAX. */
uint64_t outbox_summary_due(const struct outbox *o);

/* Appends; takes @r in any case. 0 or -ENOMEM. */
int outbox_add(struct outbox *o, struct report *r);

/* Takes @n away from place @first on: they were sent. */
void outbox_drop(struct outbox *o, size_t first, size_t n);

void outbox_deinit(struct outbox *o);
