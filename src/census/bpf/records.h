/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What the phases have found, as they said it. */

#include <stddef.h>
#include <stdint.h>

#include "census/bpf/record.h"

struct records {
        struct holder_record *items;
        size_t n, room;
};

int records_add(struct records *to, const struct holder_record *items, size_t n);
void records_sort(struct records *r); /* by namespace */
/* In what is sorted, the place of the first record of @net, or behind those that come before it. */
size_t records_first(const struct records *r, uint64_t net);
void records_deinit(struct records *r);
