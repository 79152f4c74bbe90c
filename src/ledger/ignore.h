/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Which orphans the operator does not want to hear of. */

#include "ledger/ledger.h"

/* Whether a rule names the namespace, or the rules on units and executables together match every
 * listed holder (and there is one). */
bool ignore_matches(const struct ledger_settings *settings, const struct netns_identity *id,
                    const struct holder *holders, size_t n_holders);

/* A deep copy; 0, or -ENOMEM with *ret all zero. */
int ledger_settings_copy(struct ledger_settings *ret, const struct ledger_settings *from);
void ledger_settings_deinit(struct ledger_settings *s);
