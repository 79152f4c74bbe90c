/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Births that censuses have shown, for the next one: what a stack means is found out once, and the
 * process may be gone by then. Of one thread at a time. */

#include "census/holder.h"
#include "trace/record.h"
#include "util/hash.h"

struct cached_birth {
        struct socket_key {
                uint64_t cookie, inode; /* as the holder has them */
        } socket;
        struct birth *birth;
        bool whole;          /* there is no more to find out */
        uint64_t generation; /* of the last census that showed it */
        struct stack_key {
                uint64_t start_nsec;
                uint64_t hash; /* of the addresses */
                int64_t pid;
                uint64_t n_frames;
        } stack;
        UT_hash_handle hh;
};

/* The first one found out of those with its stack. */
struct cached_stack {
        struct stack_key key;
        struct birth *birth;
        uint64_t generation;
        UT_hash_handle hh;
};

struct birth_cache {
        struct cached_birth *births;
        struct cached_stack *stacks;
        uint64_t generation;
};

void birth_cache_deinit(struct birth_cache *c);

/* The one of the socket that @h is, which is kept then; NULL. */
struct cached_birth *birth_cache_find(struct birth_cache *c, const struct holder *h);

/* One whose stack is that of @r, of the same process, and was found out; NULL. */
struct birth *birth_cache_find_stack(struct birth_cache *c, const struct birth_record *r);

/* Keeps @birth, of which it becomes one owner, in place of what was there. 0 or -ENOMEM. */
int birth_cache_put(struct birth_cache *c, const struct holder *h, const struct birth_record *r,
                    struct birth *birth, bool whole);

/* Drops what was neither found nor put since the last call. */
void birth_cache_turn(struct birth_cache *c);
