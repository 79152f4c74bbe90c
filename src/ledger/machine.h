/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The life of an orphan as one table: state × event → state, action. What is to be called an event
 * is decided in ledger/evidence.h, what an action does in ledger/update.c. */

#include "ledger/entry.h"

/* What one scan says of one namespace. */
enum ledger_event {
        LEDGER_EVENT_ORPHANED, /* seen orphaned (or what else the entry is of); the grace period
                                  is not over */
        LEDGER_EVENT_DUE,      /* likewise, for the grace period, in two censuses */
        LEDGER_EVENT_ATTACHED, /* seen with a task in it */
        LEDGER_EVENT_PINNED,   /* seen with an nsfs reference */
        LEDGER_EVENT_PINNED_UNSEEN, /* likewise, the first time, by one that shows nowhere */
        LEDGER_EVENT_GONE,          /* not seen, and proved to be gone */
        LEDGER_EVENT_UNPINNED,      /* of an unnamed one: seen orphaned */
        LEDGER_EVENT_LEFT,          /* of a stray thread: seen, and no such thread in it */
        LEDGER_EVENT_OFF,           /* the settings want no alert of such */
        LEDGER_EVENT_UNPROVEN,      /* not seen, and not proved to be gone */
        LEDGER_EVENT_SCAN_FAILED,   /* nothing may be concluded */
        _LEDGER_EVENT_MAX,
};

enum ledger_action {
        LEDGER_ACTION_NOTHING,
        LEDGER_ACTION_SUSPECT, /* a new entry */
        LEDGER_ACTION_WATCH,   /* take over what was seen */
        LEDGER_ACTION_ALERT,   /* and tell */
        LEDGER_ACTION_REVIEW,  /* take over what was seen; tell of holders gone, or remind */
        LEDGER_ACTION_DOUBT,   /* keep all, mark it unconfirmed */
        LEDGER_ACTION_CLEAR,   /* a suspect that was none leaves the ledger */
        LEDGER_ACTION_RESOLVE, /* a leak leaves the ledger, and tell */
        _LEDGER_ACTION_MAX,
};

struct ledger_step {
        enum ledger_state state;
        enum ledger_action action;
};

/* Total: every state has an answer to every event. */
struct ledger_step ledger_machine_step(enum ledger_state state, enum ledger_event event);
