/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Taking over into an entry what a census shows of it. */

#include "ledger/ledger.h"

struct observation {
        const struct ledger_settings *settings;
        const struct ledger_time *now;
        const char *partial_reason; /* what the view lacks, NULL when nothing */
        bool by_bpf;                /* the census is of the kernel's own lists */
        uint64_t *n_holders_kept;   /* of all entries, so far */
        uint64_t *n_births_kept;    /* likewise */
};

/* Makes @e what @ns is now. Returns 1 when that differs from what was known, 0, or -ENOMEM with @e
 * as it was. */
int observe(struct ledger_entry *e, const struct netns *ns, const struct observation *o);

/* A census does not show @e: what it keeps counts all the same. */
void observe_not(const struct ledger_entry *e, const struct observation *o);
