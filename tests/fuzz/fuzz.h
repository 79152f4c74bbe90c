/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A fuzz target is a parser's worst caller: it hands it any bytes, and aborts when what comes out
 * is not what the parser promises. libFuzzer invents the bytes (contrib/fuzz); the unit tests run
 * the same targets over the recorded ones (corpus.c). */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "util/macro.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What must be true, whatever the input; not an assert(), which a release build would drop. */
#define must(condition)                                                                            \
        do {                                                                                       \
                if (!(condition))                                                                  \
                        abort();                                                                   \
        } while (0)

/* A copy with a NUL behind it, in memory of exactly that size, so that a sanitizer sees one byte
 * too far. */
static inline char *fuzz_string(const uint8_t *data, size_t size)
{
        char *s = malloc(size + 1);

        must(s);
        if (size > 0)
                memcpy(s, data, size);
        s[size] = '\0';
        return s;
}
