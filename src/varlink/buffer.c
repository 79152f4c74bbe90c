/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "varlink/buffer.h"

#include <assert.h>
#include <stdint.h>
#include <string.h>

#define BUFFER_MIN ((size_t)256)

int varlink_buffer_append(struct varlink_buffer *b, const void *bytes, size_t n)
{
        size_t size = varlink_buffer_size(b);

        if (n == 0)
                return 0;
        if (n > b->allocated - b->end && b->begin > 0) {
                memmove(b->data, b->data + b->begin, size);
                b->begin = 0;
                b->end = size;
        }
        if (n > b->allocated - b->end) {
                if (n > SIZE_MAX / 2 - size)
                        return -ENOMEM;
                size_t wanted = MAX(MAX(b->allocated * 2, size + n), BUFFER_MIN);
                char *data = realloc(b->data, wanted);
                if (!data)
                        return -ENOMEM;
                b->data = data;
                b->allocated = wanted;
        }
        memcpy(b->data + b->end, bytes, n);
        b->end += n;
        return 0;
}

void varlink_buffer_consume(struct varlink_buffer *b, size_t n)
{
        assert(n <= varlink_buffer_size(b));
        b->begin += n;
        if (b->begin == b->end)
                varlink_buffer_deinit(b);
}

void varlink_buffer_deinit(struct varlink_buffer *b)
{
        free(b->data);
        *b = (struct varlink_buffer){};
}
