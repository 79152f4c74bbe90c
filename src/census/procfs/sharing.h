/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Who shares an fd table with somebody else. */

#include "census/procfs/table_cache.h"

/* Makes each of the @n tables that waits for it TABLE_SHARED, or what comes next; one of which that
 * can not be told is left as it is. A few kcmp(2) for each table on the host. 0 or -ENOMEM. */
int sharing_prove(struct cached_table **waiting, size_t n, const struct host_tables *seen);
