/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "census/procfs/budget.h"

#include <pthread.h>

#include "util/hash.h"
#include "util/macro.h"

/* More processes than these that were left in the middle begin at their beginning again. */
#define LEFT_MAX 4096

struct used {
        uid_t uid;
        uint64_t usec;
        UT_hash_handle hh;
};

struct left {
        pid_t pid;
        struct budget_place place;
        UT_hash_handle hh;
};

struct budget {
        pthread_mutex_t lock;
        struct used *used;
        struct left *left, *left_before; /* by this walk, and by the one before */
        pid_t skipped, skipped_before;   /* lowest pid with no time at all; 0: none */
};

struct budget *budget_new(void)
{
        struct budget *b = calloc(1, sizeof(*b));

        if (b)
                pthread_mutex_init(&b->lock, NULL);
        return b;
}

static void forget_used(struct budget *b)
{
        struct used *u, *next;

        HASH_ITER(hh, b->used, u, next) {
                HASH_DEL(b->used, u);
                free(u);
        }
}

static void forget_left(struct left **left)
{
        struct left *l, *next;

        HASH_ITER(hh, *left, l, next) {
                HASH_DEL(*left, l);
                free(l);
        }
}

struct budget *budget_free(struct budget *b)
{
        if (!b)
                return NULL;
        forget_used(b);
        forget_left(&b->left);
        forget_left(&b->left_before);
        pthread_mutex_destroy(&b->lock);
        free(b);
        return NULL;
}

void budget_begin(struct budget *b)
{
        forget_used(b);
        forget_left(&b->left_before);
        b->left_before = TAKE_PTR(b->left);
        b->skipped_before = b->skipped;
        b->skipped = 0;
}

bool budget_admits(struct budget *b, uid_t uid)
{
        struct used *u;
        bool admits;

        if (uid == 0)
                return true;
        pthread_mutex_lock(&b->lock);
        HASH_FIND(hh, b->used, &uid, sizeof(uid), u);
        admits = !u || u->usec < BUDGET_USER_USEC;
        pthread_mutex_unlock(&b->lock);
        return admits;
}

int budget_charge(struct budget *b, uid_t uid, uint64_t usec)
{
        struct used *u;
        int r = 0;

        if (uid == 0 || usec < BUDGET_FREE_USEC)
                return 0;
        pthread_mutex_lock(&b->lock);
        HASH_FIND(hh, b->used, &uid, sizeof(uid), u);
        if (!u && (u = calloc(1, sizeof(*u)))) {
                u->uid = uid;
                HASH_ADD(hh, b->used, uid, sizeof(uid), u);
                if (!u->hh.tbl) {
                        free(u);
                        u = NULL;
                }
        }
        if (u)
                u->usec += usec;
        else
                r = -ENOMEM;
        pthread_mutex_unlock(&b->lock);
        return r;
}

/* Under the lock. 0 or -ENOMEM. */
static int add_left(struct budget *b, pid_t pid, const struct budget_place *place)
{
        struct left *l;

        HASH_FIND(hh, b->left, &pid, sizeof(pid), l);
        if (l || HASH_COUNT(b->left) >= LEFT_MAX)
                return 0;
        l = calloc(1, sizeof(*l));
        if (!l)
                return -ENOMEM;
        *l = (struct left){.pid = pid, .place = *place};
        HASH_ADD(hh, b->left, pid, sizeof(pid), l);
        if (l->hh.tbl)
                return 0;
        free(l);
        return -ENOMEM;
}

int budget_leave(struct budget *b, pid_t pid, const struct budget_place *place)
{
        int r = 0;

        pthread_mutex_lock(&b->lock);
        if (place->tid != 0)
                r = add_left(b, pid, place);
        else if (b->skipped == 0 || pid < b->skipped)
                b->skipped = pid;
        pthread_mutex_unlock(&b->lock);
        return r;
}

struct budget_place budget_resume(struct budget *b, pid_t pid)
{
        struct budget_place place = {};
        struct left *l;

        /* Only read between two walks. */
        if (!b->left_before)
                return place;
        HASH_FIND(hh, b->left_before, &pid, sizeof(pid), l);
        return l ? l->place : place;
}

pid_t budget_first(const struct budget *b)
{
        return b->skipped_before;
}
