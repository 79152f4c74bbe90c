/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Arrays that grow at their end. */

#include <stdbool.h>

#include "util/macro.h"

/* Makes room for one more element behind the @n in the array at *@array, of @size bytes each, where
 * there is none left: by doubling, from 16. False, and nothing changed, when out of memory. */
static inline bool array_make_room(void *array, size_t n, size_t *room, size_t size)
{
        void **p = array;
        size_t more = MAX(*room * 2, (size_t)16);

        if (n < *room)
                return true;
        void *grown = reallocarray(*p, more, size);
        if (!grown)
                return false;
        *p = grown;
        *room = more;
        return true;
}

/* The same for an array of @n elements whose room nobody keeps: it doubles at each power of two,
 * from 1, so it must only ever have grown by this. The array, moved or not, or NULL with nothing
 * changed. */
static inline void *array_grow(void *array, size_t n, size_t size)
{
        return n & (n - 1) ? array : reallocarray(array, n ? 2 * n : 1, size);
}

/* The place of the first of @n_ sorted items that is not below @key_, or @n_. @member_ is what they
 * are sorted by (.pid), or nothing. */
#define ARRAY_LOWER_BOUND(items_, n_, member_, key_)                                               \
        ({                                                                                         \
                size_t low_ = 0, high_ = (n_);                                                     \
                while (low_ < high_) {                                                             \
                        size_t middle_ = low_ + (high_ - low_) / 2;                                \
                        if ((items_)[middle_] member_ < (key_))                                    \
                                low_ = middle_ + 1;                                                \
                        else                                                                       \
                                high_ = middle_;                                                   \
                }                                                                                  \
                low_;                                                                              \
        })
