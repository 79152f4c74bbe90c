/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ledger/pace.h"

#include <stdlib.h>
#include <string.h>

#include "util/hash.h"
#include "util/macro.h"

struct pace_key {
        uint64_t start_ticks;
        int64_t pid;
        char share[FAIR_SHARE_NAME_MAX];
};

struct pace_one {
        struct pace_key key;
        uint64_t boot_usec; /* the last alert */
        UT_hash_handle hh;
};

void pace_deinit(struct pace *p)
{
        struct pace_one *one, *next;

        HASH_ITER(hh, p->ones, one, next) {
                HASH_DEL(p->ones, one);
                free(one);
        }
}

/* A moment that is yet to come is none: the clock is of this boot, a file may say anything. */
static bool is_over(const struct pace_one *one, uint64_t boottime_usec)
{
        return one->boot_usec > boottime_usec || boottime_usec - one->boot_usec >= PACE_USEC;
}

void pace_prune(struct pace *p, uint64_t boottime_usec)
{
        struct pace_one *one, *next;

        HASH_ITER(hh, p->ones, one, next)
                if (is_over(one, boottime_usec)) {
                        HASH_DEL(p->ones, one);
                        free(one);
                }
}

static struct pace_one *find(const struct pace *p, const char *share, const struct holder *h,
                             struct pace_key *ret_key)
{
        struct pace_one *one;

        *ret_key = (struct pace_key){.start_ticks = holder_start_ticks(h), .pid = h->pid};
        memcpy(ret_key->share, share, strnlen(share, sizeof(ret_key->share) - 1));
        HASH_FIND(hh, p->ones, ret_key, sizeof(*ret_key), one);
        return one;
}

void pace_note(struct pace *p, const char *share, const struct holder *h, uint64_t boottime_usec)
{
        struct pace_key key;
        struct pace_one *one = h->pid > 0 ? find(p, share, h, &key) : NULL;

        if (one)
                one->boot_usec = MAX(one->boot_usec, boottime_usec);
        if (one || h->pid <= 0 || HASH_COUNT(p->ones) >= PACE_MAX)
                return;
        one = calloc(1, sizeof(*one));
        if (!one)
                return;
        one->key = key;
        one->boot_usec = boottime_usec;
        HASH_ADD(hh, p->ones, key, sizeof(one->key), one);
        if (!one->hh.tbl)
                free(one);
}

uint64_t pace_due(const struct pace *p, const char *share, const struct holder *h,
                  uint64_t boottime_usec)
{
        struct pace_key key;
        const struct pace_one *one = h->pid > 0 ? find(p, share, h, &key) : NULL;

        return one && !is_over(one, boottime_usec) ? one->boot_usec + PACE_USEC : 0;
}
