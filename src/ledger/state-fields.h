/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The structures of the state file: what is written of each, and read.
 *
 * A file is lines of JSON objects: a header that says how the rest adds up; the ledger, with how
 * many lines there are of each kind; the shares, the entries, the history, the reports. Each line
 * is read by itself, so that a large file takes no more memory than it holds. */

#include "census/holder.h"
#include "ledger/fields.h"

/* Version 1 was two lines: the header, and one object with all that is in the ledger. It is read,
 * and written no more. */
#define STATE_VERSION         4
#define STATE_VERSION_HISTORY 3 /* has no births; read, and written no more */
#define STATE_VERSION_LINES   2 /* has no history; likewise */
#define STATE_VERSION_OLD     1

/* A holder with its process, as one object; strings are the state file's own, while it is read. */
struct state_holder {
        struct holder holder; /* without its process */
        struct process process;
};

extern const struct field state_fields_holder[], state_fields_entry[], state_fields_report[],
        state_fields_ledger[], state_fields_share[], state_fields_share_held[],
        state_fields_history[], state_fields_history_entry[];
extern const size_t n_state_fields_holder, n_state_fields_entry, n_state_fields_report,
        n_state_fields_ledger, n_state_fields_share, n_state_fields_share_held,
        n_state_fields_history, n_state_fields_history_entry;

/* FNV-1a, 64 bits: against accidents, not against malice (the directory is root's). */
uint64_t state_fields_checksum(const char *bytes, size_t n_bytes);
