/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What changes in the ledger. */

#include "ledger/entry.h"
#include "ledger/ledger-time.h"

/* What can change. The names are stable: Varlink's Subscribe and the journal tell them.
 *   symbol, name, of one namespace (else of the host), written to the journal */
#define LEDGER_CHANGES(X)                                                                          \
        X(SUSPECTED, "suspected", true, false)          /* a new orphan */                         \
        X(CLEARED, "cleared", true, false)              /* a suspect that was none: see ending */  \
        X(LEAKED, "leaked", true, true)                 /* the alert */                            \
        X(UNNAMED, "unnamed", true, true)               /* that of an unnamed one */               \
        X(STRAY_THREAD, "stray_thread", true, true)     /* that of one with a stray thread */      \
        X(UPDATED, "updated", true, false)              /* holders, partial or ignored changed */  \
        X(HOLDER_CHANGED, "holder_changed", true, true) /* who the alert named is gone */          \
        X(REMINDER, "reminder", true, true)             /* still leaked, every repeat_usec */      \
        X(RESOLVED, "resolved", true, true)             /* a leak has ended: see ending */         \
        X(COVERAGE_DEGRADED, "coverage_degraded", false, true) /* a new gap in the view */         \
        X(COVERAGE_RESTORED, "coverage_restored", false, true) /* no gap for a while */            \
        X(TEARDOWN_STUCK, "teardown_stuck", false, true)       /* of the kernel */                 \
        X(SOURCES_DISAGREE, "sources_disagree", false, true)   /* a cross-check failed */          \
        X(SCAN_FAILED, "scan_failed", false, true)             /* the first of a row */            \
        X(SCAN_RECOVERED, "scan_recovered", false, true)       /* the first success after */       \
        X(SCAN_OVERRAN, "scan_overran", false, true) /* a scan took longer than Interval= */       \
        X(HELD_BACK, "held_back", false, true)       /* the summary of a storm */

enum ledger_change_kind {
#define X(symbol, name, of_netns, journalled) LEDGER_CHANGE_##symbol,
        LEDGER_CHANGES(X)
#undef X
                _LEDGER_CHANGE_MAX,
};

/* "holder_changed". */
const char *ledger_change_to_string(enum ledger_change_kind kind);
int ledger_change_from_string(const char *s); /* enum ledger_change_kind or -EINVAL */
/* The alert of what is wrong with a namespace. */
enum ledger_change_kind ledger_change_alert(enum ledger_finding finding);
bool ledger_change_is_alert(enum ledger_change_kind kind);

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
