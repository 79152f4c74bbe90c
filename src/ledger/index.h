/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Finding places by number: a sorted array of (key, place), filled first, then sorted once. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util/macro.h"

struct index_item {
        uint64_t key;
        size_t place;
};

struct index {
        struct index_item *items;
        size_t n, room;
};

/* Notes @place under @key; several under one key are allowed, a key of 0 is left out. 0 or
 * -ENOMEM. */
int index_add(struct index *i, uint64_t key, size_t place);

/* After the last index_add(), before the first index_find(). */
void index_sort(struct index *i);

/* The lowest place under @key, or SIZE_MAX. */
size_t index_find(const struct index *i, uint64_t key);

/* All places under @key, lowest first: @ret_n of them. */
const struct index_item *index_find_all(const struct index *i, uint64_t key, size_t *ret_n);

void index_deinit(struct index *i);
