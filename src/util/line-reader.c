/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "util/line-reader.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int line_reader_open(struct line_reader *r, int dir_fd, const char *path)
{
        *r = (struct line_reader){.fd = openat(dir_fd, path, O_RDONLY | O_CLOEXEC | O_NOCTTY)};
        if (r->fd < 0)
                return negative_errno();
        r->buffer = malloc(LINE_READER_SIZE);
        if (r->buffer)
                return 0;
        line_reader_close(r);
        return -ENOMEM;
}

void line_reader_close(struct line_reader *r)
{
        r->fd = fd_close(r->fd);
        free(r->buffer);
        r->buffer = NULL;
}

/* More bytes behind those that are there. 0 or a negative errno. */
static int fill(struct line_reader *r)
{
        if (r->start > 0) {
                memmove(r->buffer, r->buffer + r->start, r->end - r->start);
                r->end -= r->start;
                r->start = 0;
        }
        ssize_t n;
        do
                n = read(r->fd, r->buffer + r->end, LINE_READER_SIZE - r->end);
        while (n < 0 && errno == EINTR);
        if (n < 0)
                return negative_errno();
        r->at_end = n == 0;
        r->end += (size_t)n;
        return 0;
}

/* Drops the rest of a line that filled the buffer. 0 or a negative errno. */
static int drop_rest(struct line_reader *r)
{
        while (!r->at_end) {
                char *newline = memchr(r->buffer + r->start, '\n', r->end - r->start);
                if (newline) {
                        r->start = (size_t)(newline - r->buffer) + 1;
                        return 0;
                }
                r->start = r->end;
                int k = fill(r);
                if (k < 0)
                        return k;
        }
        return 0;
}

int line_reader_next(struct line_reader *r, const char **ret, size_t *ret_length)
{
        if (r->cut) {
                int k = drop_rest(r);
                if (k < 0)
                        return k;
                r->cut = false;
        }
        for (;;) {
                const char *line = r->buffer + r->start;
                size_t length = r->end - r->start;
                const char *newline = memchr(line, '\n', length);

                r->cut = !newline && r->start == 0 && length == LINE_READER_SIZE;
                if (newline || r->cut || (r->at_end && length > 0)) {
                        *ret = line;
                        *ret_length = newline ? (size_t)(newline - line) : length;
                        r->start += *ret_length + (newline ? 1 : 0);
                        return 1;
                }
                if (r->at_end)
                        return 0;
                int k = fill(r);
                if (k < 0)
                        return k;
        }
}
