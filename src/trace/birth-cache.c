/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "trace/birth-cache.h"

#include <stdlib.h>

static void drop_birth(struct birth_cache *c, struct cached_birth *b)
{
        HASH_DEL(c->births, b);
        birth_unref(b->birth);
        free(b);
}

static void drop_stack(struct birth_cache *c, struct cached_stack *s)
{
        HASH_DEL(c->stacks, s);
        birth_unref(s->birth);
        free(s);
}

static void drop_before(struct birth_cache *c, uint64_t generation)
{
        struct cached_birth *b, *next_birth;
        struct cached_stack *s, *next_stack;

        HASH_ITER(hh, c->births, b, next_birth)
                if (b->generation < generation)
                        drop_birth(c, b);
        HASH_ITER(hh, c->stacks, s, next_stack)
                if (s->generation < generation)
                        drop_stack(c, s);
}

void birth_cache_deinit(struct birth_cache *c)
{
        drop_before(c, UINT64_MAX);
}

void birth_cache_turn(struct birth_cache *c)
{
        drop_before(c, c->generation);
        c->generation++;
}

/* FNV-1a, by words: processes that mean to collide deceive about their own stacks alone. */
static struct stack_key key_of(const struct birth_record *r)
{
        uint64_t hash = UINT64_C(0xcbf29ce484222325);

        for (unsigned i = 0; i < r->n_frames; i++)
                hash = (hash ^ r->frames[i]) * UINT64_C(0x100000001b3);
        return (struct stack_key){r->start_nsec, hash, r->tgid, r->n_frames};
}

static struct cached_stack *find_stack(struct birth_cache *c, const struct stack_key *key)
{
        struct cached_stack *s;

        HASH_FIND(hh, c->stacks, key, sizeof(*key), s);
        if (s)
                s->generation = c->generation;
        return s;
}

struct cached_birth *birth_cache_find(struct birth_cache *c, const struct holder *h)
{
        struct socket_key key = {h->socket_cookie, h->socket_inode};
        struct cached_birth *b;

        HASH_FIND(hh, c->births, &key, sizeof(key), b);
        if (b) {
                b->generation = c->generation;
                (void)find_stack(c, &b->stack);
        }
        return b;
}

struct birth *birth_cache_find_stack(struct birth_cache *c, const struct birth_record *r)
{
        struct stack_key key = key_of(r);
        struct cached_stack *s = find_stack(c, &key);

        return s ? s->birth : NULL;
}

static int put_stack(struct birth_cache *c, const struct stack_key *key, struct birth *birth)
{
        if (find_stack(c, key))
                return 0;
        struct cached_stack *s = malloc(sizeof(*s));
        if (!s)
                return -ENOMEM;
        *s = (struct cached_stack){.key = *key, .generation = c->generation};
        HASH_ADD(hh, c->stacks, key, sizeof(s->key), s);
        if (!s->hh.tbl) {
                free(s);
                return -ENOMEM;
        }
        s->birth = birth_ref(birth);
        return 0;
}

int birth_cache_put(struct birth_cache *c, const struct holder *h, const struct birth_record *r,
                    struct birth *birth, bool whole)
{
        struct cached_birth *b = birth_cache_find(c, h);

        if (!b) {
                b = malloc(sizeof(*b));
                if (!b)
                        return -ENOMEM;
                *b = (struct cached_birth){
                        .socket = {h->socket_cookie, h->socket_inode},
                        .generation = c->generation,
                        .stack = key_of(r),
                };
                HASH_ADD(hh, c->births, socket, sizeof(b->socket), b);
                if (!b->hh.tbl) {
                        free(b);
                        return -ENOMEM;
                }
        }
        birth_unref(b->birth);
        b->birth = birth_ref(birth);
        b->whole = whole;
        return whole ? put_stack(c, &b->stack, birth) : 0;
}
