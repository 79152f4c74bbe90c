/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Which orphans the operator does not want to hear of. */

#include "ledger/entry.h"
#include "ledger/settings.h"

/* Whether a rule names the namespace, or the rules on units and executables together match every
 * listed holder (and there is one). */
bool ignore_matches(const struct ledger_settings *settings, const struct netns_identity *id,
                    const struct holder *holders, size_t n_holders);
