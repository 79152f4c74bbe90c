/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What the ledger knows of one namespace, an orphan most often. Self-contained: nothing in it
 * points into a census. Every string was escaped when it was read, and is safe to print. */

#include "census/census.h"

/* How far an orphan has got. One that was resolved leaves the ledger. */
enum ledger_state {
        LEDGER_NONE,      /* not in the ledger: not yet, or no more */
        LEDGER_SUSPECTED, /* orphaned, but not for the grace period in two censuses yet */
        LEDGER_LEAKED,    /* the operator's business */
        _LEDGER_STATE_MAX,
};

/* "suspected", "leaked"; "none" for LEDGER_NONE. */
const char *ledger_entry_state_to_string(enum ledger_state state);
enum ledger_state ledger_entry_state_from_string(const char *s); /* LEDGER_NONE when unknown */

/* What is wrong with a namespace that is in the ledger. When that changes, the entry ends, and what
 * it is now is another's beginning. */
enum ledger_finding {
        LEDGER_FINDING_ORPHAN,
        LEDGER_FINDING_UNNAMED,      /* pinned by open files alone */
        LEDGER_FINDING_STRAY_THREAD, /* a thread is in it whose process is in another */
        _LEDGER_FINDING_MAX,
};

/* "orphan", "unnamed", "stray_thread". */
const char *ledger_entry_finding_to_string(enum ledger_finding finding);
int ledger_entry_finding_from_string(const char *s); /* enum ledger_finding or -EINVAL */

/* Why an entry left the ledger. */
enum ledger_ending {
        LEDGER_ENDING_NONE,
        LEDGER_ENDING_ATTACHED, /* a task is in the namespace again */
        LEDGER_ENDING_PINNED,   /* an nsfs reference leads to it again */
        LEDGER_ENDING_GONE,     /* no longer seen, and every holder is verifiably gone */
        LEDGER_ENDING_ORPHANED, /* of an unnamed one: no file leads to it any more, but it lives */
        LEDGER_ENDING_LEFT,     /* no stray thread is in it any more */
        LEDGER_ENDING_OFF,      /* such are not alerted of any more: Unnamed=, StrayThread= */
        _LEDGER_ENDING_MAX,
};

/* "attached", "pinned", "gone", "orphaned", "left", "off"; NULL for LEDGER_ENDING_NONE. */
const char *ledger_entry_ending_to_string(enum ledger_ending ending);
enum ledger_ending
ledger_entry_ending_from_string(const char *s); /* LEDGER_ENDING_NONE when unknown */

/* What the namespace is, of which @finding is wrong, or was until it ended so: enum verdict, or
 * -ENOENT when that is not known or it is gone. */
int ledger_entry_verdict(enum ledger_finding finding, enum ledger_ending ending);

struct ledger_share;

struct ledger_entry {
        struct netns_identity id;
        struct ledger_share *share; /* whom it is charged to: ledger/share.h */
        enum ledger_state state;
        enum ledger_finding finding;
        enum ledger_ending ending; /* set in the change that takes the entry away, else NONE */

        /* Each moment twice: CLOCK_REALTIME to show, CLOCK_BOOTTIME to subtract. */
        uint64_t first_seen_usec, first_seen_boot_usec; /* orphaned since: first census saying so */
        uint64_t last_seen_usec, last_seen_boot_usec;   /* last census that saw it orphaned */
        uint64_t leaked_usec, leaked_boot_usec;         /* 0 while suspected */
        uint64_t n_censuses;                            /* that saw it orphaned */
        unsigned n_missed; /* censuses in a row that would have found it and did not */

        bool ignored;          /* an ignore rule matches every listed holder, or the namespace */
        bool unconfirmed;      /* the last census neither saw it nor proved it gone */
        bool unseen_reference; /* the last census saw it pinned by a reference that shows nowhere */
        bool by_bpf;   /* the last census that saw it orphaned was BPF's: procfs may not see it */
        bool unsought; /* that census had no time to look for its holders */
        bool partial;  /* an unseen reference could make it pinned or attached */
        char *partial_reason; /* a sentence without full stop; NULL when not partial */

        bool told;      /* an alert for it was queued, or a summary that counts it */
        unsigned held;  /* what is held back of it, and counted in its share: enum
                           ledger_change_kind; 0: nothing */
        bool collected; /* leaked, and to be told of when the minute of its holder's last alert is
                           over (ledger/pace.h), or its holders have been looked for */
        uint64_t told_boot_usec;   /* when last: alert, change of holder or reminder */
        struct holder told_holder; /* whom the alert named; pid 0 when none was */

        bool noted;       /* what is inside was looked up, once: */
        char *interfaces; /* "eth0 eth1"; NULL: not known, or none */
        char *addresses;  /* "10.0.0.2/24"; NULL: likewise */

        uint64_t n_holders_total; /* all, listed or not */
        struct holder *holders;   /* in the census's order, at most CENSUS_LISTED_MAX */
        size_t n_holders;
        bool trimmed; /* fewer of them than the census lists: its share has no room for more */
};

struct ledger_entry *ledger_entry_free(struct ledger_entry *e);
DEFINE_CLEANUP(struct ledger_entry *, ledger_entry_free);

/* How long @e has been orphaned at @boottime_usec. */
uint64_t ledger_entry_age(const struct ledger_entry *e, uint64_t boottime_usec);
