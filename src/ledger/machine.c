/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ledger/machine.h"

static const struct ledger_step table[_LEDGER_STATE_MAX][_LEDGER_EVENT_MAX] = {
        [LEDGER_NONE] =
                {
                        [LEDGER_EVENT_ORPHANED] = {LEDGER_SUSPECTED, LEDGER_ACTION_SUSPECT},
                        /* Even without a grace period the first census is one too few. */
                        [LEDGER_EVENT_DUE] = {LEDGER_SUSPECTED, LEDGER_ACTION_SUSPECT},
                        [LEDGER_EVENT_ATTACHED] = {LEDGER_NONE, LEDGER_ACTION_NOTHING},
                        [LEDGER_EVENT_PINNED] = {LEDGER_NONE, LEDGER_ACTION_NOTHING},
                        [LEDGER_EVENT_PINNED_UNSEEN] = {LEDGER_NONE, LEDGER_ACTION_NOTHING},
                        [LEDGER_EVENT_GONE] = {LEDGER_NONE, LEDGER_ACTION_NOTHING},
                        [LEDGER_EVENT_UNPINNED] = {LEDGER_NONE, LEDGER_ACTION_NOTHING},
                        [LEDGER_EVENT_LEFT] = {LEDGER_NONE, LEDGER_ACTION_NOTHING},
                        [LEDGER_EVENT_OFF] = {LEDGER_NONE, LEDGER_ACTION_NOTHING},
                        [LEDGER_EVENT_UNPROVEN] = {LEDGER_NONE, LEDGER_ACTION_NOTHING},
                        [LEDGER_EVENT_SCAN_FAILED] = {LEDGER_NONE, LEDGER_ACTION_NOTHING},
                },
        [LEDGER_SUSPECTED] =
                {
                        [LEDGER_EVENT_ORPHANED] = {LEDGER_SUSPECTED, LEDGER_ACTION_WATCH},
                        [LEDGER_EVENT_DUE] = {LEDGER_LEAKED, LEDGER_ACTION_ALERT},
                        [LEDGER_EVENT_ATTACHED] = {LEDGER_NONE, LEDGER_ACTION_CLEAR},
                        [LEDGER_EVENT_PINNED] = {LEDGER_NONE, LEDGER_ACTION_CLEAR},
                        [LEDGER_EVENT_PINNED_UNSEEN] = {LEDGER_SUSPECTED, LEDGER_ACTION_NOTHING},
                        [LEDGER_EVENT_GONE] = {LEDGER_NONE, LEDGER_ACTION_CLEAR},
                        [LEDGER_EVENT_UNPINNED] = {LEDGER_NONE, LEDGER_ACTION_CLEAR},
                        [LEDGER_EVENT_LEFT] = {LEDGER_NONE, LEDGER_ACTION_CLEAR},
                        [LEDGER_EVENT_OFF] = {LEDGER_NONE, LEDGER_ACTION_CLEAR},
                        [LEDGER_EVENT_UNPROVEN] = {LEDGER_SUSPECTED, LEDGER_ACTION_DOUBT},
                        [LEDGER_EVENT_SCAN_FAILED] = {LEDGER_SUSPECTED, LEDGER_ACTION_NOTHING},
                },
        [LEDGER_LEAKED] =
                {
                        /* A longer grace period after a reload takes no alert back. */
                        [LEDGER_EVENT_ORPHANED] = {LEDGER_LEAKED, LEDGER_ACTION_REVIEW},
                        [LEDGER_EVENT_DUE] = {LEDGER_LEAKED, LEDGER_ACTION_REVIEW},
                        [LEDGER_EVENT_ATTACHED] = {LEDGER_NONE, LEDGER_ACTION_RESOLVE},
                        [LEDGER_EVENT_PINNED] = {LEDGER_NONE, LEDGER_ACTION_RESOLVE},
                        [LEDGER_EVENT_PINNED_UNSEEN] = {LEDGER_LEAKED, LEDGER_ACTION_NOTHING},
                        [LEDGER_EVENT_GONE] = {LEDGER_NONE, LEDGER_ACTION_RESOLVE},
                        [LEDGER_EVENT_UNPINNED] = {LEDGER_NONE, LEDGER_ACTION_RESOLVE},
                        [LEDGER_EVENT_LEFT] = {LEDGER_NONE, LEDGER_ACTION_RESOLVE},
                        [LEDGER_EVENT_OFF] = {LEDGER_NONE, LEDGER_ACTION_RESOLVE},
                        [LEDGER_EVENT_UNPROVEN] = {LEDGER_LEAKED, LEDGER_ACTION_DOUBT},
                        [LEDGER_EVENT_SCAN_FAILED] = {LEDGER_LEAKED, LEDGER_ACTION_NOTHING},
                },
};

struct ledger_step ledger_machine_step(enum ledger_state state, enum ledger_event event)
{
        return table[state][event];
}
