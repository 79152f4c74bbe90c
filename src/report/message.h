/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A report as a journal entry: its sentence (message-text.h) and its fields. Pure text, no journal.
 */

#include "ledger/report.h"

/* "FIELD=value" lines, as sd_journal_sendv(3) takes them. */
struct message {
        char **fields;
        size_t n;
};

/* Whether and how the holder is still there, which decides how the entry gets its unit. */
enum message_object {
        MESSAGE_OBJECT_ALIVE, /* OBJECT_PID=: journald adds all it knows of the process */
        MESSAGE_OBJECT_GONE,  /* the pid may be another's by now: only OBJECT_SYSTEMD_UNIT= */
};

/* syslog priority of a kind that is journalled. */
int message_priority(enum ledger_change_kind kind);
/* Its MESSAGE_ID, 32 hexadecimal digits. */
const char *message_id(enum ledger_change_kind kind);

/* All fields. 0, or -ENOMEM with *ret empty. */
int message_make(struct message *ret, const struct report *r, enum message_object object);

/* The entry that delivery writes to find its place in the journal: see report/delivery.h. */
int message_make_marker(struct message *ret, sd_id128_t id, size_t n_doubtful);

void message_deinit(struct message *m);
