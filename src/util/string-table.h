/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Words for the values of an enum: an array of strings with the value as index, NULL where a value
 * has no word. */

#include <errno.h>
#include <stddef.h>
#include <string.h>

/* The value with the word @s, or -EINVAL. */
static inline int string_table_find(const char *const *table, size_t n, const char *s)
{
        for (size_t i = 0; i < n; i++)
                if (table[i] && strcmp(table[i], s) == 0)
                        return (int)i;
        return -EINVAL;
}
