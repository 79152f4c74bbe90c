/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "nsorphanctl/color.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "util/text.h"

bool color_wanted(void)
{
        const char *s = getenv("SYSTEMD_COLORS");
        if (s) {
                int r = text_parse_boolean(s);
                /* "16", "256", "auto-16" …: any other word is a palette. */
                return r < 0 ? *s != '\0' : r > 0;
        }
        const char *no = getenv("NO_COLOR"), *term = getenv("TERM");
        return !(no && *no) && isatty(STDOUT_FILENO) && term && strcmp(term, "dumb") != 0;
}
