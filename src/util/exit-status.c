/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "util/exit-status.h"

#include <errno.h>

#include "util/macro.h"

const struct exit_status exit_statuses[] = {
        {EXIT_SUCCESS, "Success"},
        {EXIT_FAILURE, "Something failed; the line on stderr says what"},
        {EX_USAGE, "Wrong option, verb or argument"},
        {EX_NOINPUT, "There is no such network namespace"},
        {EX_UNAVAILABLE, "The daemon does not run, or does not answer"},
        {EX_OSERR, "The kernel is too old, or /proc is missing"},
        {EX_TEMPFAIL, "Another nsorphand has the socket, or the state directory, already"},
        {EX_PROTOCOL, "The daemon answered something that was not understood"},
        {EX_NOPERM, "Permission denied"},
        {EX_CONFIG, "A configuration file cannot be read"},
};

const size_t n_exit_statuses = ARRAY_SIZE(exit_statuses);

int exit_status_from_errno(int errnum)
{
        static const struct {
                int errnum;
                int status;
        } map[] = {
                {EPERM, EX_NOPERM},
                {EACCES, EX_NOPERM},
                {ENOSYS, EX_OSERR},
                {EADDRINUSE, EX_TEMPFAIL},
                {ECONNREFUSED, EX_UNAVAILABLE},
                {ECONNRESET, EX_UNAVAILABLE},
                {EPIPE, EX_UNAVAILABLE},
                {ETIMEDOUT, EX_UNAVAILABLE},
                {EPROTO, EX_PROTOCOL},
                {EBADMSG, EX_PROTOCOL},
                {ENXIO, EX_NOINPUT},
        };

        for (size_t i = 0; i < ARRAY_SIZE(map); i++)
                if (map[i].errnum == abs(errnum))
                        return map[i].status;
        return EXIT_FAILURE;
}
