/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A text of any length, line by line, through one buffer: what another process can make as long as
 * it likes is never held whole. */

#include <stdbool.h>
#include <stddef.h>

#include "util/macro.h"

struct line_reader {
        int fd;       /* owned */
        char *buffer; /* of LINE_READER_SIZE */
        size_t start, end;
        bool at_end; /* of the file */
        bool cut;    /* the line returned last was longer than the buffer: its end is missing */
};

/* No line of the kernel's own making is as long: two paths with each byte escaped, and options. */
#define LINE_READER_SIZE 65536

/* Opens @path below @dir_fd. 0 or a negative errno; @r may be given to line_reader_close() in
 * either case. */
int line_reader_open(struct line_reader *r, int dir_fd, const char *path);
void line_reader_close(struct line_reader *r);
static inline void line_reader_closep(struct line_reader *r)
{
        line_reader_close(r);
}

/* The next line, without its newline, in memory that is good until the next call. 1, 0 at the end,
 * or a negative errno. */
int line_reader_next(struct line_reader *r, const char **ret, size_t *ret_length);
