/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What one census proves about the namespaces the ledger knows: which of them it shows, and which
 * of those it does not show are gone for certain. */

#include "ledger/entry.h"

/* Since which census (counted from the start of the daemon; 0: from before the first) a process
 * has been blind without a break. */
struct blind_since {
        pid_t pid;
        uint64_t start_ticks;
        uint64_t serial;
};

struct blind_history {
        struct blind_since *items; /* sorted by pid */
        size_t n;
};

/* Takes over who is blind in @c, the census number @serial (from 1). 0 or -ENOMEM. */
int blind_history_update(struct blind_history *h, const struct census *c, uint64_t serial);
void blind_history_deinit(struct blind_history *h);

#define EVIDENCE_NONE SIZE_MAX

struct evidence {
        size_t *netns_of; /* per entry: its place in census->namespaces, or EVIDENCE_NONE */
        size_t *entry_of; /* per namespace of the census: its entry, or EVIDENCE_NONE */
        bool *confirmed;  /* per entry without a namespace: whether it is gone for certain */
};

/* Holds @n entries against @c. 0 or -ENOMEM. */
int evidence_collect(struct evidence *ret, struct ledger_entry *const *entries, size_t n,
                     const struct census *c, const struct blind_history *history);
void evidence_deinit(struct evidence *e);

/* Whether @h holds nothing any more, given that @c does not show it as a holder: its process has
 * ended, or could be seen whole. */
bool evidence_holder_gone(const struct ledger_holder *h, const struct census *c);
