/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What the censuses add up to over time: which orphans are suspected, leaked, resolved.
 *
 * The ledger is told of every scan, successful or not, and answers with changes. Nothing in it
 * reads a clock, a file or the kernel: time comes in with every call, reports wait in an outbox
 * (ledger/outbox.h) until report/delivery.h has written them. One thread, the loop's.
 *
 *      ledger_new(&ledger, &settings)
 *      delivery_start(…)                  loads the state, finishes what a crash interrupted
 *      … per scan:
 *      ledger_update(ledger, census, &now)   or   ledger_scan_failed(ledger, sentence, &now)
 *      ledger_changes(ledger, &n)         → subscribers
 *      delivery_run(…)                    → state file and journal
 */

#include "ledger/change.h"
#include "ledger/settings.h"
#include "util/fair-share.h"

struct ledger;
struct outbox;

/* Makes an empty ledger; copies @settings. 0 or -ENOMEM. */
int ledger_new(struct ledger **ret, const struct ledger_settings *settings);
struct ledger *ledger_free(struct ledger *l);
DEFINE_CLEANUP(struct ledger *, ledger_free);

/* Replaces the settings (a reload); no entry is lost, and what is no longer ignored is alerted at
 * the next census. 0, or -ENOMEM with the old settings kept. Makes changes (UPDATED). */
int ledger_configure(struct ledger *l, const struct ledger_settings *settings,
                     const struct ledger_time *now);

/* A scan has failed: no entry changes. @sentence says why, escaped, without full stop. Of failures
 * in a row only the first is a change. Returns the number of changes or -ENOMEM. */
int ledger_scan_failed(struct ledger *l, const char *sentence, const struct ledger_time *now);

/* A scan took (or, still running, has taken) @duration_usec, longer than @interval_usec. @sentence
 * may say what it is stuck at, else NULL. A change at most once an hour. Number of changes or
 * -ENOMEM. */
int ledger_scan_overran(struct ledger *l, uint64_t duration_usec, uint64_t interval_usec,
                        const char *sentence, const struct ledger_time *now);

/* What the kernel does not get torn down. */
struct teardown_watch;
struct history;
struct history_facts;
const struct teardown_watch *ledger_teardown(const struct ledger *l);

/* The changes of the last call that makes some, in order. */
const struct ledger_change *ledger_changes(const struct ledger *l, size_t *ret_n);

/* The sequence of the last change, 0 before the first. A subscriber that is given the entries and
 * this number, and then every change with a higher one, has no gap and no duplicate. */
uint64_t ledger_sequence(const struct ledger *l);

/* What was found inside the namespace: what reports of it say from now on. Copies both (NULL:
 * none). Nothing happens when it is not in the ledger any more. Makes no change. 0 or -ENOMEM. */
int ledger_note(struct ledger *l, const struct netns_identity *id, const char *interfaces,
                const char *addresses);

/* Whose each namespace is (ledger/history.h); what is to be looked up of it, and what was found. */
const struct history *ledger_history(const struct ledger *l);
void ledger_note_history(struct ledger *l, const struct netns_identity *id,
                         struct history_facts *facts);

/* When a scan would have something to say before the next interval: CLOCK_BOOTTIME at which the
 * first suspect's grace period is over (never less than a second after its last census).
 * UINT64_MAX: never. */
uint64_t ledger_next_due(const struct ledger *l);

/* All entries, in order of inode, cookie, holder (of nameless ones). */
size_t ledger_count(const struct ledger *l);
const struct ledger_entry *ledger_get(const struct ledger *l, size_t i);

/* How many are in @state; the ignored ones apart: ret_ignored of them (may be NULL) are ignored. */
size_t ledger_count_state(const struct ledger *l, enum ledger_state state, size_t *ret_ignored);

/* The entry for exactly this namespace, or NULL. */
const struct ledger_entry *ledger_find(const struct ledger *l, const struct netns_identity *id);

/* By the number people see. An inode number may name two namespaces, one gone and one new, while
 * the old one's end is unproven: then the caller must ask by cookie.
 * 0, -ENOENT, or -ENOTUNIQ. */
int ledger_find_inode(const struct ledger *l, uint64_t inode, const struct ledger_entry **ret);
int ledger_find_cookie(const struct ledger *l, uint64_t cookie, const struct ledger_entry **ret);

/* The shares: of struct ledger_share (ledger/share.h). */
const struct fair_shares *ledger_shares(const struct ledger *l);

/* Grows whenever something changed that the state file must know. */
uint64_t ledger_revision(const struct ledger *l);

/* The reports that wait to be written, oldest first; and: @n of them, from place @first on, have
 * been. */
const struct outbox *ledger_outbox(const struct ledger *l);
void ledger_reports_sent(struct ledger *l, size_t first, size_t n);
