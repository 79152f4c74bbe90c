/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Text that is taken off its beginning, bit by bit. What does not fit is left where it is. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct rest {
        const char *p, *end;
};

#define REST_OF(text, n) ((struct rest){.p = (text), .end = (text) + (n)})

static inline size_t rest_length(const struct rest *r)
{
        return (size_t)(r->end - r->p);
}

/* Whether all of it is @text. */
bool rest_is(const struct rest *r, const char *text);

/* @text itself. */
bool rest_take_text(struct rest *r, const char *text);

/* Spaces and tabs, also none. */
void rest_take_blanks(struct rest *r);

/* 0 to 15 (in lower case), or 16 for what is no digit. */
unsigned rest_digit(char c);

/* A number that fits, in base 8, 10 or 16 (in lower case), without a sign. */
bool rest_take_number(struct rest *r, unsigned base, uint64_t *ret);

/* Up to a space, which is taken too, or up to the end. @ret may be empty; false at the end. */
bool rest_take_field(struct rest *r, struct rest *ret);

/* The next line; @ret is without its newline. False at the end. */
bool rest_take_line(struct rest *r, struct rest *ret);
