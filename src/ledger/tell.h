/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What is told of a leak: together with what else its holder has leaked, as far as its share goes,
 * and in sum beyond. */

#include "ledger/group.h"
#include "ledger/observe.h"
#include "ledger/store.h"

/* Everything one census is held against. */
struct update {
        struct ledger *l;
        const struct census *census;
        const struct ledger_time *now;
        struct observation observation;
        struct group_list *reports; /* what tell_together() is to report */
};

/* @e is a leak from now on. 0, the number of changes, or -ENOMEM. */
int tell_alert(const struct update *u, struct ledger_entry *e, const struct netns *ns);

/* @e still is one: takes over what was seen, and tells what was not told yet, whose holder has
 * changed, and what is due again. */
int tell_review(const struct update *u, struct ledger_entry *e, const struct netns *ns);

/* @e has ended. */
int tell_resolve(const struct update *u, struct ledger_entry *e);

/* After all entries: the alerts and reminders, one for all that one process holds. 0 or -ENOMEM. */
int tell_together(const struct update *u);

/* After that: a summary for every share that has something held back. 0 or -ENOMEM. */
int tell_summaries(const struct update *u);
