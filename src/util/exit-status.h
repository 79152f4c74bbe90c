/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The exit statuses of both programs: sysexits.h numbers, which leave 1 … 3 to `nsorphanctl check`.
 * One table for --help, the manual pages and the tests. */

#include <stddef.h>
#include <sysexits.h>

struct exit_status {
        int status;
        const char *meaning;
};

extern const struct exit_status exit_statuses[];
extern const size_t n_exit_statuses;

/* The status that fits a negative errno of ours; EXIT_FAILURE for one that says nothing more. */
int exit_status_from_errno(int errnum);
