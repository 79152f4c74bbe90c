/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Writing to the journal without ever waiting for journald, and reading back what was written. */

#include "report/message.h"

#define JOURNAL_SOCKET "/run/systemd/journal/socket"

/* Sends one entry. 0 when journald's queue has it (it is then safe from a kill -9 of ours), or a
 * negative errno: -ENOENT or -ECONNREFUSED when no journald runs, -EAGAIN when its queue is full.
 */
int journal_send(const struct message *m);

/* Sends @r; asks /proc first whether its holder is still the same process. */
int journal_send_report(const struct report *r);

/* Waits up to @wait_usec until the entry with NETNS_REPORT_ID=@marker can be read, and then says in
 * @ret_found which of the @n_ids can. 1 when it could, 0 when the marker did not appear, or a
 * negative errno when the journal cannot be opened. */
int journal_recall(sd_id128_t marker, uint64_t wait_usec, const sd_id128_t *ids, size_t n_ids,
                   bool *ret_found);
