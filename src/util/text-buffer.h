/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Text that grows at its end, of which much is written at once: no printf, no tree of objects.
 * Memory that runs out is noted once, and asked about at the end. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Zero-initialised it is empty. */
struct text_buffer {
        char *text; /* not ended by a NUL */
        size_t n, room;
        bool failed; /* out of memory: what is there is not all */
};

void text_buffer_add(struct text_buffer *b, const void *bytes, size_t n);
void text_buffer_add_string(struct text_buffer *b, const char *s);
void text_buffer_add_i64(struct text_buffer *b, int64_t number);

/* @s as a JSON string. It has no control characters (text_escape()). */
void text_buffer_add_json(struct text_buffer *b, const char *s);

void text_buffer_deinit(struct text_buffer *b);
