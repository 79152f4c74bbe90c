/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Holders, read back from the ledger's state file. */

#include <jansson.h>

#include "ledger/store.h"

/* The holder that @object has as @key, which may be missing. Counts it in @keys, if so. 0, -EBADMSG
 * or -ENOMEM. */
int state_holder_parse_key(struct ledger *l, const json_t *object, const char *key,
                           struct holder *h, size_t *keys);

/* The holders of @e, all that @array has. Likewise. */
int state_holder_parse_all(const json_t *array, struct ledger *l, struct ledger_entry *e);
