/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>

/* Whether to print in colours: $SYSTEMD_COLORS says, else $NO_COLOR says no, else stdout must be a
 * terminal that is not dumb. Ask before the pager is opened. */
bool color_wanted(void);
