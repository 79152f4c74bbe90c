/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* How a change gets to the subscribers (the ledger's list of changes) and to the journal (its
 * outbox). */

#include "ledger/group.h"
#include "ledger/store.h"

/* Forgets the changes of the last call and what they pointed to. */
void changes_begin(struct ledger *l);

/* Notes a change for the subscribers; @e is NULL for the host's. Takes @detail in any case. 0 or
 * -ENOMEM. */
int changes_add(struct ledger *l, enum ledger_change_kind kind, const struct ledger_entry *e,
                char *detail, const struct ledger_time *now);

/* Notes a change of the host's and reports it, whatever the limit: these are rare by their own
 * rules. Takes @detail in any case. 0 or -ENOMEM. */
int changes_host(struct ledger *l, enum ledger_change_kind kind, char *detail,
                 const struct ledger_time *now);

/* The same of the coverage, with the gaps that are new or no more: bits 1 << enum coverage_gap. */
int changes_coverage(struct ledger *l, enum ledger_change_kind kind, char *detail, unsigned gaps,
                     const struct ledger_time *now);

/* Reports the change just noted of @e, which outbox_admit() has let through. @holder and @former
 * may be NULL, and @former be of no process. 0 or -ENOMEM. */
int changes_report(struct ledger *l, enum ledger_change_kind kind, const struct ledger_entry *e,
                   const struct holder *holder, const struct holder *former,
                   const struct ledger_time *now);

/* Reports the changes just noted of @n that one process holds, as one. 0 or -ENOMEM. */
int changes_report_group(struct ledger *l, enum ledger_change_kind kind,
                         const struct group_item *items, size_t n, const struct ledger_time *now);

/* Notes and reports a summary of what @s has that was not told one by one, if there is one to be
 * made now. 1, 0 or -ENOMEM. */
int changes_summary(struct ledger *l, struct ledger_share *s, const struct ledger_time *now);
