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

#include "ledger/entry.h"

struct ledger;
struct outbox;

/* One moment on both clocks, in microseconds. */
struct ledger_time {
        uint64_t realtime_usec; /* CLOCK_REALTIME: to show */
        uint64_t boottime_usec; /* CLOCK_BOOTTIME: to subtract; counts while the host sleeps */
};

/* Now. */
struct ledger_time ledger_time_now(void);

struct ledger_settings {
        uint64_t grace_usec;     /* orphaned so long, in at least two censuses: leaked */
        uint64_t repeat_usec;    /* a reminder so often while leaked; 0 or UINT64_MAX: never */
        unsigned max_per_minute; /* journal entries; more are counted in one summary; 0: no limit */

        /* Ignore rules: fnmatch(3) globs, each list ended by NULL, or NULL for none. A rule on
         * units or executables must match every listed holder of a namespace (the rules may do so
         * together): one stranger among the holders, and it is a leak like any other. */
        char **ignore_units; /* "docker.service", "libpod-*.scope" */
        char **ignore_netns; /* "4026532177", "net:[4026532177]" or "cookie:4102" */
        const struct file_id *ignore_executables; /* files that a holder runs: by what they are, for
                                                     anybody may call a file as he likes */
        size_t n_ignore_executables;
};

#define LEDGER_GRACE_USEC_DEFAULT     (120 * USEC_PER_SEC)
#define LEDGER_MAX_PER_MINUTE_DEFAULT 60

/* What can change. The names are stable: Varlink's Subscribe and the journal tell them.
 *   symbol, name, of one namespace (else of the host), written to the journal */
#define LEDGER_CHANGES(X)                                                                          \
        X(SUSPECTED, "suspected", true, false)          /* a new orphan */                         \
        X(CLEARED, "cleared", true, false)              /* a suspect that was none: see ending */  \
        X(LEAKED, "leaked", true, true)                 /* the alert */                            \
        X(UPDATED, "updated", true, false)              /* holders, partial or ignored changed */  \
        X(HOLDER_CHANGED, "holder-changed", true, true) /* who the alert named is gone */          \
        X(REMINDER, "reminder", true, true)             /* still leaked, every repeat_usec */      \
        X(RESOLVED, "resolved", true, true)             /* a leak has ended: see ending */         \
        X(COVERAGE_DEGRADED, "coverage-degraded", false, true) /* a new gap in the view */         \
        X(COVERAGE_RESTORED, "coverage-restored", false, true) /* no gap for a while */            \
        X(TEARDOWN_STUCK, "teardown-stuck", false, true)       /* of the kernel */                 \
        X(SCAN_FAILED, "scan-failed", false, true)             /* the first of a row */            \
        X(SCAN_RECOVERED, "scan-recovered", false, true)       /* the first success after */       \
        X(SCAN_OVERRAN, "scan-overran", false, true) /* a scan took longer than Interval= */       \
        X(HELD_BACK, "held-back", false, true)       /* the summary of a storm */

enum ledger_change_kind {
#define X(symbol, name, of_netns, journalled) LEDGER_CHANGE_##symbol,
        LEDGER_CHANGES(X)
#undef X
                _LEDGER_CHANGE_MAX,
};

/* "holder-changed". */
const char *ledger_change_to_string(enum ledger_change_kind kind);
int ledger_change_from_string(const char *s); /* enum ledger_change_kind or -EINVAL */
bool ledger_change_is_of_netns(enum ledger_change_kind kind);
bool ledger_change_is_journalled(enum ledger_change_kind kind);

/* One change. All pointers are the ledger's and live until its next call that is not a look-up
 * (also for an entry that has just been resolved). */
struct ledger_change {
        uint64_t sequence; /* grows by one each change, also over restarts of the daemon */
        enum ledger_change_kind kind;
        struct ledger_time time;
        const struct ledger_entry *entry; /* as it is after the change; NULL for the host's */
        char *detail;                     /* of the host's: a sentence without full stop; NULL */
};

/* Makes an empty ledger; copies @settings. 0 or -ENOMEM. */
int ledger_new(struct ledger **ret, const struct ledger_settings *settings);
struct ledger *ledger_free(struct ledger *l);
DEFINE_CLEANUP(struct ledger *, ledger_free);

/* Replaces the settings (a reload); no entry is lost, and what is no longer ignored is alerted at
 * the next census. 0, or -ENOMEM with the old settings kept. Makes changes (UPDATED). */
int ledger_configure(struct ledger *l, const struct ledger_settings *settings,
                     const struct ledger_time *now);

/* A scan has succeeded. @now is the moment the census was finished. Returns how many changes it
 * made, or -ENOMEM: what was done until then stands, and the next census does the rest. */
int ledger_update(struct ledger *l, const struct census *census, const struct ledger_time *now);

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

/* The shares: of struct ledger_share (ledger/shares.h). */
const struct fair_shares *ledger_shares(const struct ledger *l);

/* Grows whenever something changed that the state file must know. */
uint64_t ledger_revision(const struct ledger *l);

/* The reports that wait to be written, oldest first; and: @n of them, from place @first on, have
 * been. */
const struct outbox *ledger_outbox(const struct ledger *l);
void ledger_reports_sent(struct ledger *l, size_t first, size_t n);
