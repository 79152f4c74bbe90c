/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* One namespace of the table, and the holders listed of it. Internal to the builder. */

#include "census/builder.h"
#include "util/hash.h"

struct entry {
        struct netns ns;
        size_t largest;  /* of the listed holders, the one to give way; valid when the list is full
                          */
        uint64_t cookie; /* of a namespace that was found by its inode number */
        UT_hash_handle hh;
};

void holder_clear(struct holder *h);
void holders_free(struct holder *holders, size_t n);

/* The order in which holders are listed: for qsort(3). */
int holder_compare(const void *a, const void *b);

/* Whether @h belongs to the first CENSUS_LISTED_MAX so far. */
bool entry_lists(const struct entry *e, const struct holder *h);

/* Lists @h if it belongs to the first CENSUS_LISTED_MAX, whatever the order they come in. Takes
 * over its strings. 0 or -ENOMEM. */
int entry_list(struct entry *e, struct holder *h);

void entry_learn(struct entry *e, const struct netns_facts *facts);

/* Adds all that @from knows to @to; the holders of @from are gone then. 0 or -ENOMEM. */
int entry_absorb(struct entry *to, struct entry *from);
