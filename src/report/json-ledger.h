/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What the ledger knows, as JSON. Conventions as in report/json.h. */

#include "ledger/history.h"
#include "ledger/ledger.h"
#include "report/json.h"

/* json_netns() with what the ledger knows of it; @entry and @history may be NULL. */
json_t *json_ledger_netns(const struct netns *ns, const struct ledger_entry *entry,
                          const struct history_entry *history);

/* The same keys from the ledger alone, with at most @max_holders of the holders; @history may be
 * NULL.
 */
json_t *json_ledger_entry(const struct ledger_entry *entry, const struct history_entry *history,
                          size_t max_holders);

/* {"suspected", "leaked", "ignored"} */
json_t *json_ledger_states(const struct ledger *l);

/* [{"name", "orphans", "unkept", "heldBack"}]: what each share has. */
json_t *json_ledger_shares(const struct ledger *l);

/* {"namespaces", "stuck", "cookie", "sinceUSec"}: those being torn down, and the one that has been
 * stuck for longest. */
json_t *json_ledger_teardown(const struct ledger *l, const struct ledger_time *now);

/* {"attached", "pinned", "orphaned"} */
json_t *json_ledger_verdicts(const struct census *c);
