/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "util/text-buffer.h"

#include <string.h>

#include "util/macro.h"

#define ROOM_MIN ((size_t)4096)

void text_buffer_add(struct text_buffer *b, const void *bytes, size_t n)
{
        if (b->failed || n == 0)
                return;
        if (n > b->room - b->n) {
                size_t room = MAX(MAX(b->room + b->room / 2, b->n + n), ROOM_MIN);
                char *grown = n < SIZE_MAX / 4 - b->room ? realloc(b->text, room) : NULL;
                if (!grown) {
                        b->failed = true;
                        return;
                }
                b->text = grown;
                b->room = room;
        }
        memcpy(b->text + b->n, bytes, n);
        b->n += n;
}

void text_buffer_add_string(struct text_buffer *b, const char *s)
{
        text_buffer_add(b, s, strlen(s));
}

void text_buffer_add_i64(struct text_buffer *b, int64_t number)
{
        char digits[24], *p = digits + sizeof(digits);
        uint64_t rest = number < 0 ? -(uint64_t)number : (uint64_t)number;

        do {
                *--p = (char)('0' + rest % 10);
                rest /= 10;
        } while (rest > 0);
        if (number < 0)
                *--p = '-';
        text_buffer_add(b, p, (size_t)(digits + sizeof(digits) - p));
}

void text_buffer_add_json(struct text_buffer *b, const char *s)
{
        text_buffer_add(b, "\"", 1);
        while (*s) {
                size_t plain = strcspn(s, "\"\\");
                text_buffer_add(b, s, plain);
                s += plain;
                if (*s) {
                        text_buffer_add(b, "\\", 1);
                        text_buffer_add(b, s++, 1);
                }
        }
        text_buffer_add(b, "\"", 1);
}

void text_buffer_deinit(struct text_buffer *b)
{
        free(b->text);
        *b = (struct text_buffer){};
}
