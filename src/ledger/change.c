/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ledger/change.h"

#include <string.h>

static const struct {
        const char *name;
        bool of_netns, journalled;
} change_kinds[_LEDGER_CHANGE_MAX] = {
#define X(symbol, name, of_netns, journalled)                                                      \
        [LEDGER_CHANGE_##symbol] = {name, of_netns, journalled},
        LEDGER_CHANGES(X)
#undef X
};

const char *ledger_change_to_string(enum ledger_change_kind kind)
{
        return kind < _LEDGER_CHANGE_MAX ? change_kinds[kind].name : NULL;
}

int ledger_change_from_string(const char *s)
{
        for (enum ledger_change_kind kind = 0; kind < _LEDGER_CHANGE_MAX; kind++)
                if (strcmp(change_kinds[kind].name, s) == 0)
                        return (int)kind;
        return -EINVAL;
}

bool ledger_change_is_of_netns(enum ledger_change_kind kind)
{
        return change_kinds[kind].of_netns;
}

bool ledger_change_is_journalled(enum ledger_change_kind kind)
{
        return change_kinds[kind].journalled;
}

static const enum ledger_change_kind alerts[_LEDGER_FINDING_MAX] = {
        [LEDGER_FINDING_ORPHAN] = LEDGER_CHANGE_LEAKED,
        [LEDGER_FINDING_UNNAMED] = LEDGER_CHANGE_UNNAMED,
        [LEDGER_FINDING_STRAY_THREAD] = LEDGER_CHANGE_STRAY_THREAD,
};

enum ledger_change_kind ledger_change_alert(enum ledger_finding finding)
{
        return alerts[finding];
}

bool ledger_change_is_alert(enum ledger_change_kind kind)
{
        for (enum ledger_finding finding = 0; finding < _LEDGER_FINDING_MAX; finding++)
                if (alerts[finding] == kind)
                        return true;
        return false;
}
