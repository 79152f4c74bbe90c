/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "util/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void _printf_(2, 0) error_format(struct error *error, const char *format, va_list ap)
{
        (void)vsnprintf(error->text, sizeof(error->text), format, ap);
}

int error_set(struct error *error, int errnum, const char *format, ...)
{
        if (error) {
                int saved = errno;
                va_list ap;
                va_start(ap, format);
                error_format(error, format, ap);
                va_end(ap);
                errno = saved;
        }
        return -abs(errnum);
}

int error_set_errno(struct error *error, int errnum, const char *format, ...)
{
        if (error) {
                int saved = errno;
                va_list ap;
                va_start(ap, format);
                error_format(error, format, ap);
                va_end(ap);
                size_t n = strlen(error->text);
                /* Not strerror_r(3), of which each C library has another one. */
                errno = abs(errnum);
                (void)snprintf(error->text + n, sizeof(error->text) - n, ": %m");
                errno = saved;
        }
        return -abs(errnum);
}

int error_oom(struct error *error)
{
        return error_set(error, ENOMEM, "Out of memory");
}
