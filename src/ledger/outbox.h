/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The reports that wait to be written to the journal, oldest first, and the limit on their
 * number. */

#include "ledger/report.h"
#include "ledger/share.h"

/* How many wait at most while the journal is away, and of one share half of what is left; what is
 * more is only counted. */
#define OUTBOX_MAX 4096
/* Beyond that the host's own and the summaries have some room. */
#define OUTBOX_ROOM_OF_HOST 256

/* How many of each share may wait in any case. */
#define OUTBOX_GRANTED 8

/* All shares together may be told of so many times as often in a minute as one may; one of this
 * part of what it may, and of one alert, in any case. */
#define OUTBOX_SHARES     4
#define OUTBOX_LEAST_PART 12

struct outbox {
        struct report **reports;
        size_t n, room;
        struct fair_shares *shares; /* of struct ledger_share; the ledger's */

        unsigned max_per_minute;   /* for each share; 0: no limit */
        uint64_t window_boot_usec; /* when the running minute began; 0: none has */
        unsigned n_in_window;      /* reports let through in it */
};

/* Whether what is held back can be of this kind. */
bool outbox_is_held_kind(unsigned kind);

/* Whether a report on a namespace of @s may be made now; then it is counted. */
bool outbox_admit(struct outbox *o, struct ledger_share *s, const struct ledger_time *now);

/* Whether there is room for one of the host's. */
bool outbox_admits_host(const struct outbox *o);

/* Whether a summary of @s is to be made now: something of it was held back, or @unkept of its
 * orphans are news, and none was made this minute. Then it counts as made, and is in @ret, filled
 * but for its number; nothing is held back any more. 1, 0 or -ENOMEM. */
int outbox_summarize(struct outbox *o, struct ledger_share *s, uint64_t unkept,
                     const struct ledger_time *now, struct report **ret);

/* CLOCK_BOOTTIME at which a summary can be made of what is held back, or UINT64_MAX. */
uint64_t outbox_summary_due(const struct outbox *o);

/* Appends; takes @r in any case. 0 or -ENOMEM. */
int outbox_add(struct outbox *o, struct report *r);

/* Takes @n away from place @first on: they were sent. */
void outbox_drop(struct outbox *o, size_t first, size_t n);

void outbox_deinit(struct outbox *o);
