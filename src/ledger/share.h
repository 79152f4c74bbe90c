/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What each share (util/fair-share.h) has of the ledger: entries, holders kept of them, reports,
 * and what was held back of those. */

#include "ledger/change.h"
#include "util/fair-share.h"

/* Entries. What is beyond is counted: struct ledger_share, unkept. */
#define LEDGER_ENTRIES_TOTAL   8192
#define LEDGER_ENTRIES_EACH    2048
#define LEDGER_ENTRIES_GRANTED 4

/* Holders kept of the entries; beyond, LEDGER_HOLDERS_LEAST of an entry. */
#define LEDGER_HOLDERS_TOTAL 16384
#define LEDGER_HOLDERS_EACH  4096
#define LEDGER_HOLDERS_LEAST 1

/* Births (census/birth.h) kept of those holders: of the first ones of an entry. */
#define LEDGER_BIRTHS_TOTAL 2048
#define LEDGER_BIRTHS_EACH  512
#define LEDGER_BIRTHS_ENTRY 16

/* More users than these have no share of their own. */
#define LEDGER_SHARES_MAX 512

struct ledger_share {
        struct fair_share share; /* taken: entries */
        uint64_t n_holders;      /* kept, in the update that runs */
        uint64_t n_births;       /* likewise */

        uint64_t unkept;            /* orphans in the last census that have no entry */
        uint64_t unkept_since_usec; /* CLOCK_BOOTTIME; 0: there are none */
        uint64_t unkept_told;       /* so many at the last summary */

        unsigned n_waiting;                /* reports that wait for the journal */
        unsigned n_in_window;              /* reports let through in the running minute */
        bool summary_in_window;            /* told of those held back in it */
        uint64_t held[_LEDGER_CHANGE_MAX]; /* held back and not told of yet, by kind */
};

void ledger_shares_init(struct fair_shares *t);

/* As fair_share_get(). */
struct ledger_share *ledger_share_get(struct fair_shares *t, const char *name);

static inline struct ledger_share *ledger_share_of(struct fair_share *s)
{
        return (struct ledger_share *)s;
}

/* How many reports of it are held back. */
uint64_t ledger_share_n_held(const struct ledger_share *s);

/* How many orphans without an entry are to be told of: none before they have been there for
 * @grace_usec, nor while they are no more than at the last time. */
uint64_t ledger_share_unkept_news(const struct ledger_share *s, uint64_t grace_usec,
                                  const struct ledger_time *now);

/* Takes over how many orphans of each share the last census has that have no entry: @unkept is set,
 * the rest follows. */
void ledger_shares_note_unkept(struct fair_shares *t, const struct ledger_time *now);

/* How many of @n holders may an entry of @s keep; they are counted, also in @all. */
size_t ledger_share_keep_holders(struct ledger_share *s, uint64_t *all, size_t n);

/* Whether one more birth of a holder of @s may be kept; then it is counted, also in @all. */
bool ledger_share_keep_birth(struct ledger_share *s, uint64_t *all);

/* Forgets the shares that have nothing. */
void ledger_shares_prune(struct fair_shares *t);
