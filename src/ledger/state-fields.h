/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The structures of the state file: what is written of each, and read.
 *
 * A file is lines of JSON objects: a header that says how the rest adds up; the ledger, with how
 * many lines there are of each kind; the shares, the entries, the reports. Each line is read by
 * itself, so that a large file takes no more memory than it holds. */

#include "census/holder.h"
#include "ledger/fields.h"

/* Version 1 was two lines: the header, and one object with all that is in the ledger. It is read,
 * and written no more. */
#define STATE_VERSION     2
#define STATE_VERSION_OLD 1

/* A holder with its process, as one object; strings are the state file's own, while it is read. */
struct state_holder {
        struct holder holder; /* without its process */
        struct process process;
};

extern const struct field state_holder_fields[], state_entry_fields[], state_report_fields[],
        state_ledger_fields[], state_share_fields[], state_share_held_fields[];
extern const size_t state_n_holder_fields, state_n_entry_fields, state_n_report_fields,
        state_n_ledger_fields, state_n_share_fields, state_n_share_held_fields;

/* FNV-1a, 64 bits: against accidents, not against malice (the directory is root's). */
uint64_t state_checksum(const char *bytes, size_t n_bytes);
