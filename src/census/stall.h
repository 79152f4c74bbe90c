/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Whether a scan still gets on, from looks at its progress. Pure: the clock is the caller's. */

#include <stdbool.h>
#include <stdint.h>

struct stall {
        uint64_t beats;      /* of its progress, at the last look */
        uint64_t since_usec; /* when they last grew */
};

/* At the beginning of a scan, with the beats its progress has then. */
void stall_begin(struct stall *s, uint64_t beats, uint64_t now_usec);

/* A look: for how long the scan has made no progress now. @waits: it only waits for a CPU, which on
 * a busy host it may do for long. */
uint64_t stall_look(struct stall *s, uint64_t beats, bool waits, uint64_t now_usec);

/* The same without a look of its own. */
uint64_t stall_idle(const struct stall *s, uint64_t now_usec);
