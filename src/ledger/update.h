/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Holding a census against what is known. */

#include "ledger/ledger.h"

/* A scan has succeeded. @now is the moment the census was finished. @census gets what the ledger
 * knows of its holders and it does not (ledger/recall.h). Returns how many changes it made, or
 * -ENOMEM: what was done until then stands, and the next census does the rest. */
int ledger_update(struct ledger *l, struct census *census, const struct ledger_time *now);
