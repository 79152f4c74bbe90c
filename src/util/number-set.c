/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "util/number-set.h"

#include <pthread.h>

#include "util/hash.h"

struct element {
        uint64_t number;
        UT_hash_handle hh;
};

struct number_set {
        pthread_mutex_t lock;
        struct element *elements;
};

struct number_set *number_set_new(void)
{
        struct number_set *s = calloc(1, sizeof(*s));
        if (s)
                pthread_mutex_init(&s->lock, NULL);
        return s;
}

void number_set_clear(struct number_set *s)
{
        struct element *e, *next;

        HASH_ITER(hh, s->elements, e, next) {
                HASH_DEL(s->elements, e);
                free(e);
        }
}

struct number_set *number_set_free(struct number_set *s)
{
        if (!s)
                return NULL;
        number_set_clear(s);
        pthread_mutex_destroy(&s->lock);
        free(s);
        return NULL;
}

int number_set_add(struct number_set *s, uint64_t number)
{
        struct element *e;
        int r = 0;

        pthread_mutex_lock(&s->lock);
        HASH_FIND(hh, s->elements, &number, sizeof(number), e);
        if (!e) {
                e = calloc(1, sizeof(*e));
                r = -ENOMEM;
                if (e) {
                        e->number = number;
                        HASH_ADD(hh, s->elements, number, sizeof(e->number), e);
                        if (e->hh.tbl)
                                r = 1;
                        else
                                free(e);
                }
        }
        pthread_mutex_unlock(&s->lock);
        return r;
}

bool number_set_has(struct number_set *s, uint64_t number)
{
        struct element *e;

        pthread_mutex_lock(&s->lock);
        HASH_FIND(hh, s->elements, &number, sizeof(number), e);
        pthread_mutex_unlock(&s->lock);
        return e;
}

void number_set_each(struct number_set *s, void (*fn)(uint64_t number, void *userdata),
                     void *userdata)
{
        for (struct element *e = s->elements; e; e = e->hh.next)
                fn(e->number, userdata);
}
