/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "nsorphand/daemon.h"

#define STATUS_LINE_MAX 512

/* What `systemctl status` shows: the last scan, what it found, when the next one is due. Points in
 * time, since nobody counts them up while we sleep. */
const char *status_line(const struct daemon *d, char line[static STATUS_LINE_MAX]);
