/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "util/log.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

/* LEVEL_UNSET: as the environment says. The one state of the program that is everybody's. */
#define LEVEL_UNSET (-1)
static atomic_int level = LEVEL_UNSET;

void log_set_level(int max)
{
        atomic_store(&level, max);
}

int log_level(void)
{
        int max = atomic_load(&level);
        if (max != LEVEL_UNSET)
                return max;
        const char *debug = getenv("NSORPHAND_DEBUG");
        return debug && strcmp(debug, "1") == 0 ? LOG_DEBUG : LOG_INFO;
}

void log_line(int priority, const char *format, ...)
{
        char line[2048];
        size_t n = 0;
        va_list ap;

        if (priority > log_level())
                return;
        /* systemd sets JOURNAL_STREAM for what it connects to the journal: sd-daemon(3). */
        if (getenv("JOURNAL_STREAM"))
                n = (size_t)snprintf(line, sizeof(line), "<%d>", priority);
        va_start(ap, format);
        (void)vsnprintf(line + n, sizeof(line) - n - 1, format, ap);
        va_end(ap);
        strcat(line, "\n");
        /* One write, so that lines of two threads do not mix. Nobody to tell if it fails. */
        if (write(STDERR_FILENO, line, strlen(line)) < 0)
                return;
}
