/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "nsorphanctl/run-status.h"

#include <stdlib.h>

const struct exit_status run_statuses[RUN_STATUSES] = {
        {EXIT_SUCCESS, "CMD succeeded, and nothing that counts has leaked"},
        {RUN_STATUS_LEAKED,
         "CMD succeeded, and a network namespace has leaked; or as --error-exitcode= says"},
        {RUN_STATUS_FAILED, "The check failed; the line on stderr says why"},
        {COMMAND_EXIT_CANNOT_RUN, "CMD was found and cannot be run"},
        {COMMAND_EXIT_NOT_FOUND, "CMD was not found"},
};

int run_status_of_command(const struct command_end *end)
{
        return end->signal ? 128 + end->signal : end->status;
}

int run_status(const struct run_outcome *o)
{
        int own = run_status_of_command(&o->end);

        if (o->leaked && o->has_error_exitcode && o->error_exitcode != 0)
                return o->error_exitcode;
        if (own != 0)
                return own;
        if (o->leaked && !o->has_error_exitcode)
                return RUN_STATUS_LEAKED;
        return o->failed ? RUN_STATUS_FAILED : EXIT_SUCCESS;
}
