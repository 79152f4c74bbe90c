/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What earlier surveys found of namespaces, by cookie: it holds as long as their counts do. */

#include "census/bpf/tracked.h"

struct memory {
        struct tracked *items; /* sorted by cookie */
        size_t n;
};

void memory_deinit(struct memory *m);

/* NULL: it was not met before. */
struct tracked *memory_find(const struct memory *m, uint64_t cookie);

/* What is known of @t, with the same counts; NULL: nothing, or nothing that still holds. */
const struct tracked *memory_recall(const struct memory *m, const struct tracked *t);

/* Keeps copies of these, and of no others; of those that wait, what was found before. 0, or -ENOMEM
 * with nothing changed. */
int memory_keep(struct memory *m, const struct tracked *items, size_t n);

/* Keeps what @h says of having been checked. */
void memory_note(struct memory *m, uint64_t cookie, const struct found_holder *h);

/* Keeps how this namespace was judged. */
void memory_note_verdict(struct memory *m, uint64_t cookie, bool is_orphaned);

/* The holders of this namespace were not where they were found. */
void memory_forget(struct memory *m, uint64_t cookie);
