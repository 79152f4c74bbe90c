/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "util/text-file.h"

#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

#include "util/macro.h"

static ssize_t take(void *cookie, const char *bytes, size_t n)
{
        struct text_buffer *b = cookie;

        text_buffer_add(b, bytes, n);
        return b->failed ? 0 : (ssize_t)n;
}

FILE *text_file_open(struct text_buffer *b)
{
        const cookie_io_functions_t functions = {.write = take};

        *b = (struct text_buffer){};
        return fopencookie(b, "w", functions);
}

char *text_file_close(FILE *f, struct text_buffer *b, size_t *ret_n)
{
        bool failed = ferror(f) != 0;
        size_t n;

        failed |= fclose(f) != 0;
        n = b->n;
        text_buffer_add(b, "", 1);
        if (failed || b->failed) {
                text_buffer_deinit(b);
                return NULL;
        }
        /* Many are short, and kept for long: without the room to grow. */
        char *text = malloc(b->n);
        if (text)
                memcpy(text, b->text, b->n);
        text_buffer_deinit(b);
        if (text && ret_n)
                *ret_n = n;
        return text;
}
