/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Names of the functions in a file that a process has mapped. */

#include <stddef.h>
#include <stdint.h>

#include "symbolize/answer.h"

/* Which file, which places in it, and what is found out. */
struct symbols {
        const char *link; /* of the kernel's own, below the process's directory, to the file */
        uint64_t offsets[ANSWER_OFFSETS_MAX];
        size_t n;
        char *names[ANSWER_OFFSETS_MAX]; /* owned; escaped and shortened; NULL: not known */
        char build_id[ANSWER_BUILD_ID_TEXT];
};

/* Asks a child (nsorphan-symbolize) that reads the file in our place, until @deadline_usec
 * (CLOCK_MONOTONIC). Symbols that were split off are taken from /usr/lib/debug, by the build id.
 * @process_fd is of /proc/PID. Whatever does not go well is not known then. 0 or -ENOMEM. */
int symbols_find(struct symbols *s, int process_fd, uint64_t deadline_usec);

void symbols_deinit(struct symbols *s);
static inline void symbols_deinitp(struct symbols *s)
{
        symbols_deinit(s);
}
