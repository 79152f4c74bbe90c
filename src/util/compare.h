/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* For qsort(3) and bsearch(3). */

#include <stdint.h>

static inline int compare_u64(uint64_t a, uint64_t b)
{
        return (a > b) - (a < b);
}
