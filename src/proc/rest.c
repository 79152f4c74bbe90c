/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "proc/rest.h"

#include <string.h>

bool rest_is(const struct rest *r, const char *text)
{
        return rest_length(r) == strlen(text) && memcmp(r->p, text, rest_length(r)) == 0;
}

bool rest_take_text(struct rest *r, const char *text)
{
        size_t n = strlen(text);

        if (rest_length(r) < n || memcmp(r->p, text, n) != 0)
                return false;
        r->p += n;
        return true;
}

void rest_take_blanks(struct rest *r)
{
        while (r->p < r->end && (*r->p == ' ' || *r->p == '\t'))
                r->p++;
}

unsigned rest_digit(char c)
{
        if (c >= '0' && c <= '9')
                return (unsigned)(c - '0');
        return c >= 'a' && c <= 'f' ? (unsigned)(c - 'a') + 10 : 16;
}

bool rest_take_number(struct rest *r, unsigned base, uint64_t *ret)
{
        uint64_t value = 0;
        const char *p = r->p;

        for (; p < r->end && rest_digit(*p) < base; p++)
                if (__builtin_mul_overflow(value, (uint64_t)base, &value) ||
                    __builtin_add_overflow(value, (uint64_t)rest_digit(*p), &value))
                        return false;
        if (p == r->p)
                return false;
        r->p = p;
        *ret = value;
        return true;
}

static bool take_until(struct rest *r, char stop, struct rest *ret)
{
        if (r->p >= r->end)
                return false;
        const char *found = memchr(r->p, stop, rest_length(r));
        *ret = (struct rest){r->p, found ? found : r->end};
        r->p = found ? found + 1 : r->end;
        return true;
}

bool rest_take_field(struct rest *r, struct rest *ret)
{
        return take_until(r, ' ', ret);
}

bool rest_take_line(struct rest *r, struct rest *ret)
{
        return take_until(r, '\n', ret);
}
