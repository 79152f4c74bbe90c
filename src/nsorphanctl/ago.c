/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "nsorphanctl/ago.h"

#include <stdio.h>
#include <string.h>

const char *ago_format(char buffer[static AGO_MAX], uint64_t then, uint64_t now)
{
        char span[TEXT_TIMESPAN_MAX];

        /* A clock that was set back gives a time to come: not worth a word of its own. */
        if (then >= now || now - then < USEC_PER_SEC)
                return strcpy(buffer, "now");
        uint64_t usec = now - then;
        /* Whole seconds, and whole minutes from ten on: nobody reads more out of a table. */
        usec -= usec % (usec >= 600 * USEC_PER_SEC ? 60 * USEC_PER_SEC : USEC_PER_SEC);
        (void)snprintf(buffer, AGO_MAX, "%s ago", text_format_timespan(span, usec));
        return buffer;
}
