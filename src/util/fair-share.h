/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Fair shares: what many users of one thing may take of it, so that one that takes all it gets
 * costs the others nothing.
 *
 * A share is a name ("uid 1000", "docker.service") with what it has taken. All shares of one table
 * draw on one total by one rule: a share may have as much as is left over, and no more than a share
 * may ever have. So one greedy share ends at half of the total (or at its bound), two at a third
 * each, and there is always something left for one that comes later. A few are granted to each
 * share in any case. */

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "util/hash.h"
#include "util/macro.h"

/* A user that cannot be read. */
#define UID_UNKNOWN ((uid_t)-1)

/* Room for "uid 4294967295", and for most units; a longer name is cut. */
#define FAIR_SHARE_NAME_MAX 96

/* What stands for all shares beyond those a table has room for. */
#define FAIR_SHARE_OTHERS "others"

/* The head of what a table holds; whatever else belongs to a share stands behind it. */
struct fair_share {
        char name[FAIR_SHARE_NAME_MAX];
        uint64_t taken;
        UT_hash_handle hh;
};

struct fair_share_limit {
        uint64_t total;   /* all shares together, but for what is granted; 0: no limit */
        uint64_t each;    /* one share; 0: no limit */
        uint64_t granted; /* to each share, whatever the others have */
};

struct fair_shares {
        struct fair_share *shares;
        size_t size;    /* of one, with what stands behind it */
        size_t max;     /* so many shares, and FAIR_SHARE_OTHERS */
        uint64_t taken; /* by all */
};

/* "uid 1000"; "unknown" for UID_UNKNOWN. */
const char *fair_share_name_of_uid(char buffer[static FAIR_SHARE_NAME_MAX], uid_t uid);

/* The share called @name, made all zero when there is none; that of FAIR_SHARE_OTHERS when the
 * table is full; NULL when out of memory. */
struct fair_share *fair_share_get(struct fair_shares *t, const char *name);

/* As fair_share_get(), but never makes one. */
struct fair_share *fair_share_find(const struct fair_shares *t, const char *name);

/* The rule alone: whether one that has @own, of @all that is taken, may have one more. */
bool fair_share_allows(uint64_t own, uint64_t all, const struct fair_share_limit *limit);

/* Whether @s may take one more. */
bool fair_share_admits(const struct fair_shares *t, const struct fair_share *s,
                       const struct fair_share_limit *limit);

/* Takes one more if it may. */
bool fair_share_take(struct fair_shares *t, struct fair_share *s,
                     const struct fair_share_limit *limit);

/* Gives one back. */
void fair_share_give_back(struct fair_shares *t, struct fair_share *s);

/* The same by amounts, for what is known only after it was used: whatever the limit. */
void fair_share_charge(struct fair_shares *t, struct fair_share *s, uint64_t n);
void fair_share_pay(struct fair_shares *t, struct fair_share *s, uint64_t n);

/* Removes @s from the table and frees it. */
void fair_share_remove(struct fair_shares *t, struct fair_share *s);

/* Frees all. */
void fair_shares_deinit(struct fair_shares *t);

/* Over all shares; the current one may be removed. */
#define FAIR_SHARE_FOREACH(t, s)                                                                   \
        for (struct fair_share * (s) = (t)->shares, *next_ = (s) ? (s)->hh.next : NULL; (s);       \
             (s) = next_, next_ = (s) ? (s)->hh.next : NULL)
