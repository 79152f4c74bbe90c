/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What a census says is wrong with a namespace, and what it says of one that is in the ledger. */

#include "ledger/ledger-time.h"
#include "ledger/machine.h"
#include "ledger/settings.h"

/* What is wrong with @ns; _LEDGER_FINDING_MAX: nothing that @settings want to know of. */
enum ledger_finding finding_of(const struct netns *ns, const struct ledger_settings *settings);

/* Whether nothing shows that leads to @ns, which is pinned, though the kernel counts it. */
bool finding_is_pinned_unseen(const struct netns *ns);

/* What @c says of @e, which is @ns in it; NULL: it does not show it, and @gone says whether it is
 * gone for certain. */
enum ledger_event finding_event(const struct ledger_entry *e, const struct netns *ns, bool gone,
                                const struct ledger_settings *settings, const struct census *c,
                                const struct ledger_time *now);
