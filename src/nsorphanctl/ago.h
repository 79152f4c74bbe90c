/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Times as people read them. */

#include <stdint.h>

#include "util/text.h"

#define AGO_MAX (TEXT_TIMESPAN_MAX + 8)

/* "3min ago", "2d 4h ago", "now"; of @then seen from @now, both in microseconds of one clock. */
const char *ago_format(char buffer[static AGO_MAX], uint64_t then, uint64_t now);
