/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The text of the state file. */

#include "ledger/ledger.h"
#include "ledger/outbox.h"
#include "util/text-buffer.h"

/* More than a file of ours can have, by what follows: a test adds that up. */
#define STATE_SIZE_MAX (UINT64_C(448) << 20)

/* What a file of ours has at most: each share as many as it may. */
#define STATE_ENTRIES_MAX (LEDGER_ENTRIES_TOTAL + LEDGER_ENTRIES_GRANTED * (LEDGER_SHARES_MAX + 1))
#define STATE_REPORTS_MAX                                                                          \
        (OUTBOX_MAX + OUTBOX_ROOM_OF_HOST + OUTBOX_GRANTED * (LEDGER_SHARES_MAX + 1))

/* The two halves of what is written: all but the first line, which takes time to make but does not
 * wait; and the first line, whose checksum may be made by another thread. 0 or -ENOMEM; the length.
 */
#define STATE_HEADER_MAX 256
int ledger_state_format_body(const struct ledger *l, struct text_buffer *ret);
int ledger_state_format_header(char *buffer, size_t size, const struct text_buffer *body,
                               const char *boot_id, uint64_t pid_namespace);

/* The same text that is written; new string, NULL when out of memory. */
char *ledger_state_format(const struct ledger *l, const char *boot_id, uint64_t pid_namespace,
                          size_t *ret_size);
