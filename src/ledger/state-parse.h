/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* From the text of a state file to a ledger. */

#include "ledger/ledger.h"
#include "util/error.h"

/* The parser alone, for tests and the fuzzer: -EBADMSG with the sentence for anything that is not
 * exactly a state file of this version, -ESTALE for one of another boot or pid namespace. Fills
 * the ledger only when it returns 0. */
int ledger_state_parse(struct ledger *l, const char *bytes, size_t n_bytes, const char *boot_id,
                       uint64_t pid_namespace, struct error *error);
