/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "nsorphand/status-line.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "util/text.h"

#define CLOCK_MAX 16

static const char *format_clock(char buffer[static CLOCK_MAX], uint64_t realtime_usec)
{
        time_t t = (time_t)(realtime_usec / USEC_PER_SEC);
        struct tm tm;

        if (!localtime_r(&t, &tm) || strftime(buffer, CLOCK_MAX, "%H:%M:%S", &tm) == 0)
                strcpy(buffer, "?");
        return buffer;
}

static size_t print_next(uint64_t until_next_usec, char *p, size_t size)
{
        char clock[CLOCK_MAX];

        if (until_next_usec == UINT64_MAX)
                return (size_t)snprintf(p, size, "scanning now");
        return (size_t)snprintf(
                p, size, "next at %s",
                format_clock(clock, ledger_time_now().realtime_usec + until_next_usec));
}

const char *status_line(const struct findings *f, uint64_t until_next_usec,
                        char line[static STATUS_LINE_MAX])
{
        char clock[CLOCK_MAX], span[TEXT_TIMESPAN_MAX];
        size_t n;

        if (f->scan_error) {
                n = (size_t)snprintf(line, STATUS_LINE_MAX, "The last scan failed: %.300s; ",
                                     f->scan_error);
        } else if (!f->last) {
                return strcpy(line, "The first scan has not finished yet");
        } else {
                const struct census *c = f->last->census;
                n = (size_t)snprintf(
                        line, STATUS_LINE_MAX,
                        "Last scan at %s took %s: %zu namespaces, %zu leaked, %zu suspected%s; ",
                        format_clock(clock, c->start_usec),
                        text_format_duration(span, c->duration_usec), c->n_namespaces,
                        ledger_count_state(f->ledger, LEDGER_LEAKED, NULL),
                        ledger_count_state(f->ledger, LEDGER_SUSPECTED, NULL),
                        c->coverage.complete ? "" : ", partial view");
        }
        (void)print_next(until_next_usec, line + n, STATUS_LINE_MAX - n);
        return line;
}
