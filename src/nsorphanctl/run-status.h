/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The exit statuses of `run`, and which of them wins. Pure. */

#include <stdbool.h>

#include "nsorphanctl/command.h"
#include "util/exit-status.h"

/* Something has leaked, where --error-exitcode= says nothing else: what LeakSanitizer ends with. */
#define RUN_STATUS_LEAKED 23
/* The check itself failed: as env(1), timeout(1) and their like. */
#define RUN_STATUS_FAILED 125

/* For --help and the manual page. */
#define RUN_STATUSES 5
extern const struct exit_status run_statuses[RUN_STATUSES];

struct run_outcome {
        struct command_end end; /* of the command */
        bool leaked;            /* something that counts */
        bool failed; /* no census, or its result was not written; or it is partial and must
                        not be */
        bool has_error_exitcode;
        int error_exitcode;
};

/* What the command itself ends with, as a shell shows it. */
int run_status_of_command(const struct command_end *end);

/* With --error-exitcode= that for a leak, whatever the command says; else what the command says
 * unless that is success; then that of a leak; then that of a check that failed. A leak with
 * --error-exitcode=0 is none. */
int run_status(const struct run_outcome *o);
