/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* One namespace of the table, and the holders listed of it. Internal to the builder. */

#include "census/census.h"
#include "netns/nsfd.h"
#include "util/hash.h"

struct entry {
        struct netns ns;
        struct lineup *lineup;  /* of a full list: what find_last() needs of it */
        struct holder *refused; /* of a full list: for each class the last that was not listed */
        uint64_t cookie;        /* of a namespace that was found by its inode number */
        bool disputed;          /* it was seen with two cookies */
        UT_hash_handle hh;
};

/* Frees @e, of no table any more, and all it holds. */
void entry_free(struct entry *e);

/* Which holders are listed when there are more than CENSUS_LISTED_MAX: the first of each group
 * (those that decide the verdict alike, of one user), then the second of each, and so on; of a
 * group likewise the first of each process, then the second of each. That is a choice that does not
 * depend on the order in which they come, nor on how many builders they came to first. */

/* Whether @h belongs to those listed so far. */
bool entry_lists(struct entry *e, const struct holder *h);

/* Lists @h if it belongs to those listed. Takes over its strings. 0 or -ENOMEM. */
int entry_list(struct entry *e, struct holder *h);

void entry_learn(struct entry *e, const struct netns_facts *facts);

/* The order of namespaces in a census. */
int entry_compare(const struct entry *a, const struct entry *b);

/* Adds all that @from knows to @to; the holders of @from are gone then. 0 or -ENOMEM. */
int entry_absorb(struct entry *to, struct entry *from);
