/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A stream whose text is kept in memory: open_memstream(3), but what there is no memory for is not
 * left out in silence. glibc's (up to 2.43) loses it, and neither ferror() nor fclose() says so. */

#include <stdio.h>

#include "util/text-buffer.h"

/* A stream that adds to @b, which is empty, and outlives it. NULL when out of memory. */
FILE *text_file_open(struct text_buffer *b);

/* Closes it. All that was printed, to be freed, and ended by a NUL; or NULL when any of it is
 * missing. *ret_n (may be NULL): how long it is. @b is empty again. */
char *text_file_close(FILE *f, struct text_buffer *b, size_t *ret_n);
