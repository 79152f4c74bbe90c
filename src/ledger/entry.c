/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ledger/entry.h"

#include "util/string-table.h"

static const char *const state_names[_LEDGER_STATE_MAX] = {
        [LEDGER_NONE] = "none",
        [LEDGER_SUSPECTED] = "suspected",
        [LEDGER_LEAKED] = "leaked",
};

const char *ledger_entry_state_to_string(enum ledger_state state)
{
        return state < _LEDGER_STATE_MAX ? state_names[state] : NULL;
}

enum ledger_state ledger_entry_state_from_string(const char *s)
{
        return (unsigned)MAX(string_table_find(state_names, _LEDGER_STATE_MAX, s), 0);
}

static const char *const finding_names[_LEDGER_FINDING_MAX] = {
        [LEDGER_FINDING_ORPHAN] = "orphan",
        [LEDGER_FINDING_UNNAMED] = "unnamed",
        [LEDGER_FINDING_STRAY_THREAD] = "stray_thread",
};

const char *ledger_entry_finding_to_string(enum ledger_finding finding)
{
        return finding < _LEDGER_FINDING_MAX ? finding_names[finding] : NULL;
}

int ledger_entry_finding_from_string(const char *s)
{
        return string_table_find(finding_names, _LEDGER_FINDING_MAX, s);
}

static const char *const ending_names[_LEDGER_ENDING_MAX] = {
        [LEDGER_ENDING_ATTACHED] = "attached", [LEDGER_ENDING_PINNED] = "pinned",
        [LEDGER_ENDING_GONE] = "gone",         [LEDGER_ENDING_ORPHANED] = "orphaned",
        [LEDGER_ENDING_LEFT] = "left",         [LEDGER_ENDING_OFF] = "off",
};

const char *ledger_entry_ending_to_string(enum ledger_ending ending)
{
        return ending < _LEDGER_ENDING_MAX ? ending_names[ending] : NULL;
}

enum ledger_ending ledger_entry_ending_from_string(const char *s)
{
        return (unsigned)MAX(string_table_find(ending_names, _LEDGER_ENDING_MAX, s), 0);
}

struct ledger_entry *ledger_entry_free(struct ledger_entry *e)
{
        if (!e)
                return NULL;
        free(e->partial_reason);
        free(e->interfaces);
        free(e->addresses);
        holder_clear(&e->told_holder);
        holder_free_array(e->holders, e->n_holders);
        free(e);
        return NULL;
}

uint64_t ledger_entry_age(const struct ledger_entry *e, uint64_t boottime_usec)
{
        return boottime_usec > e->first_seen_boot_usec ? boottime_usec - e->first_seen_boot_usec
                                                       : 0;
}

int ledger_entry_verdict(enum ledger_finding finding, enum ledger_ending ending)
{
        static const enum verdict verdicts[_LEDGER_FINDING_MAX] = {
                [LEDGER_FINDING_ORPHAN] = VERDICT_ORPHANED,
                [LEDGER_FINDING_UNNAMED] = VERDICT_PINNED,
                [LEDGER_FINDING_STRAY_THREAD] = VERDICT_ATTACHED,
        };

        switch (ending) {
        case LEDGER_ENDING_ATTACHED:
                return VERDICT_ATTACHED;
        case LEDGER_ENDING_PINNED:
                return VERDICT_PINNED;
        case LEDGER_ENDING_ORPHANED:
                return VERDICT_ORPHANED;
        case LEDGER_ENDING_GONE:
        case LEDGER_ENDING_LEFT:
                return -ENOENT;
        default:
                return (int)verdicts[finding];
        }
}
