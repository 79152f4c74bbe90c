/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "nsorphand/findings.h"

#define STATUS_LINE_MAX 512

/* What `systemctl status` shows: the last scan, what it found, when the next one is due. Points in
 * time, since nobody counts them up while we sleep. @until_next_usec: UINT64_MAX while a scan
 * runs. */
const char *status_line(const struct findings *f, uint64_t until_next_usec,
                        char line[static STATUS_LINE_MAX]);
