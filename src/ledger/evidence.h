/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What one census proves about the namespaces the ledger knows: which of them it shows, and which
 * of those it does not show are gone for certain.
 *
 * A holder that has vanished proves nothing: it may have handed on what it held, to a process, a
 * queue, a ring. Gone is what the kernel says is gone; what has lost its number to another; and,
 * where the kernel does not say, what two censuses in a row have not found that have seen all there
 * is. (One is not enough: while it goes over the processes, a file can move from one that is still
 * to be looked at to one that was.) */

#include "ledger/entry.h"

#define EVIDENCE_NONE SIZE_MAX

struct evidence {
        size_t *netns_of; /* per entry: its place in census->namespaces, or EVIDENCE_NONE */
        size_t *entry_of; /* per namespace of the census: its entry, or EVIDENCE_NONE */
        /* Per entry without a namespace: */
        bool *confirmed; /* it is gone for certain */
        bool *missed;    /* or else nothing was unseen that could be it: one of two such censuses */
};

/* How long a TCP socket that was closed may still be sending, seen by nobody: its kernel gives up
 * after tcp_orphan_retries (tcp(7)), some minutes. */
#define EVIDENCE_TCP_CLOSING_USEC (600 * USEC_PER_SEC)

/* Holds @n entries against @c, made at @boottime_usec. 0 or -ENOMEM. */
int evidence_collect(struct evidence *ret, struct ledger_entry *const *entries, size_t n,
                     const struct census *c, uint64_t boottime_usec);
void evidence_deinit(struct evidence *e);

/* Whether @h itself holds nothing any more, given that @c does not show it as a holder: its process
 * has ended, or could be seen whole. */
bool evidence_holder_gone(const struct holder *h, const struct census *c);
