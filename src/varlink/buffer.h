/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A queue of bytes: appended at the end, consumed at the front. Holds memory only while it holds
 * bytes. Zero-initialised it is empty. */

#include <stddef.h>

#include "util/macro.h"

struct varlink_buffer {
        char *data;
        size_t begin;
        size_t end;
        size_t allocated;
};

static inline size_t varlink_buffer_size(const struct varlink_buffer *b)
{
        return b->end - b->begin;
}

/* The first byte; valid until the next change. */
static inline const char *varlink_buffer_bytes(const struct varlink_buffer *b)
{
        return b->data + b->begin;
}

/* 0 or -ENOMEM; then the buffer is as before. */
int varlink_buffer_append(struct varlink_buffer *b, const void *bytes, size_t n);

/* Drops the first @n bytes, all of which must be there. */
void varlink_buffer_consume(struct varlink_buffer *b, size_t n);

/* Empties it. May be repeated. */
void varlink_buffer_deinit(struct varlink_buffer *b);
