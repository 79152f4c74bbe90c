/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "util/heap.h"

#include <stdlib.h>

#ifdef __GLIBC__
#include <malloc.h>
#endif

void heap_limit(int heaps)
{
#ifdef __GLIBC__
        (void)mallopt(M_ARENA_MAX, heaps);
#else
        (void)heaps;
#endif
}

void heap_trim(void)
{
#ifdef __GLIBC__
        (void)malloc_trim(0);
#endif
}
