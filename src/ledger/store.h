/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What the ledger holds, for the files of this folder alone. */

#include "ledger/change.h"
#include "ledger/coverage-watch.h"
#include "ledger/history.h"
#include "ledger/outbox.h"
#include "ledger/pace.h"
#include "ledger/settings.h"
#include "ledger/share.h"
#include "ledger/teardown-watch.h"

/* Many more than there are. */
#define LEDGER_REASONS_MAX 64

struct ledger {
        struct ledger_settings settings;

        struct fair_shares shares; /* of struct ledger_share */
        uint64_t n_holders_kept;   /* in the update that runs */
        uint64_t n_births_kept;    /* likewise */

        struct ledger_entry **entries; /* sorted by inode, cookie, netns_nameless_compare() */
        size_t n_entries, room_entries;
        struct ledger_entry **retired; /* left in the last call; the changes still name them */
        size_t n_retired;

        struct ledger_change *changes;
        size_t n_changes, room_changes;

        uint64_t sequence;
        uint64_t revision;

        struct coverage_watch coverage;
        struct teardown_watch teardown;
        struct history history;
        bool failing;               /* the last scan failed */
        uint64_t overran_boot_usec; /* when a scan that overran was last told of; 0: never */

        struct outbox outbox;
        struct pace pace; /* of alerts */
        uint64_t
                collected_boot_usec; /* when the first of what is collected is due; 0: nothing is */

        char *reasons[LEDGER_REASONS_MAX]; /* those of holders that the state file had */
        size_t n_reasons;
};

/* Keeps @s, taken over, for the holders of this ledger: struct holder, reason. Returns what is to
 * be used, or NULL when there are too many different ones. */
const char *ledger_store_keep_reason(struct ledger *l, char *s);

/* Appends, charged to the share called @share; takes @e in any case. The caller sorts. 1, 0 when
 * the share has as many as it may (then it is counted there), or -ENOMEM. */
int ledger_store_add(struct ledger *l, struct ledger_entry *e, const char *share);

/* The same for one that the state file has: it has its place. 1 or -ENOMEM. */
int ledger_store_load(struct ledger *l, struct ledger_entry *e, const char *share);

/* @e is the ledger's no more: gives back what its share had of it. */
void ledger_store_release(struct ledger *l, struct ledger_entry *e);

/* Nothing of @e is held back, or collected, any more. */
void ledger_store_unhold(struct ledger_entry *e);
void ledger_store_sort(struct ledger *l);

/* After a state file was read: all that follows from its entries. */
void ledger_store_settle(struct ledger *l);

/* As after ledger_new(), with the settings kept. */
void ledger_store_reset(struct ledger *l);
