/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "nsorphanctl/fail.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

int fail_with(int status, const char *format, ...)
{
        va_list ap;

        (void)fflush(stdout);
        fputs("nsorphanctl: ", stderr);
        va_start(ap, format);
        (void)vfprintf(stderr, format, ap);
        va_end(ap);
        fputc('\n', stderr);
        return status;
}

int fail_because(int errnum, const struct error *error)
{
        return fail_with(exit_status_from_errno(errnum), "%s",
                         *error->text ? error->text : strerror(abs(errnum)));
}
