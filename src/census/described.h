/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Processes that earlier scans have described, for a source that says by itself when a process
 * began and so which one it is: reading names again takes longer than all that such a source does.
 * A process may change its name or its unit, so what is known of it holds for a minute or so. */

#include "census/census.h"

#define DESCRIBED_USEC (60 * USEC_PER_SEC) /* and up to 16 s more: not all at once */

struct described {
        struct described_process *items; /* sorted by pid */
        size_t n;
};

void described_deinit(struct described *d);

/* What is known of the process with the number and the start of @p, at @now_usec of
 * CLOCK_MONOTONIC; NULL: it is to be read. */
const struct process *described_find(const struct described *d, const struct process *p,
                                     uint64_t now_usec);

/* Keeps copies of the processes of @c, and of no others; but all stays as it is where @c does not
 * say when processes began: a scan by procfs between two by BPF. 0, or -ENOMEM with nothing
 * changed. */
int described_keep(struct described *d, const struct census *c, uint64_t now_usec);
