/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "util/fair-share.h"

#include <stdio.h>
#include <string.h>

const char *fair_share_name_of_uid(char buffer[static FAIR_SHARE_NAME_MAX], uid_t uid)
{
        if (uid == UID_UNKNOWN)
                return strcpy(buffer, "unknown");
        (void)snprintf(buffer, FAIR_SHARE_NAME_MAX, "uid %u", (unsigned)uid);
        return buffer;
}

/* As long as it is kept. */
static size_t name_length(const char *name)
{
        return strnlen(name, FAIR_SHARE_NAME_MAX - 1);
}

struct fair_share *fair_share_find(const struct fair_shares *t, const char *name)
{
        struct fair_share *s;

        HASH_FIND(hh, t->shares, name, name_length(name), s);
        return s;
}

struct fair_share *fair_share_get(struct fair_shares *t, const char *name)
{
        struct fair_share *s = fair_share_find(t, name);

        if (s)
                return s;
        if (HASH_COUNT(t->shares) >= t->max) {
                name = FAIR_SHARE_OTHERS;
                s = fair_share_find(t, name);
                if (s)
                        return s;
        }
        s = calloc(1, t->size);
        if (!s)
                return NULL;
        memcpy(s->name, name, name_length(name));
        HASH_ADD(hh, t->shares, name, name_length(name), s);
        if (!s->hh.tbl) {
                free(s);
                return NULL;
        }
        return s;
}

bool fair_share_allows(uint64_t own, uint64_t all, const struct fair_share_limit *limit)
{
        if (own < limit->granted)
                return true;
        if (limit->each > 0 && own >= limit->each)
                return false;
        return limit->total == 0 || (all < limit->total && own < limit->total - all);
}

bool fair_share_admits(const struct fair_shares *t, const struct fair_share *s,
                       const struct fair_share_limit *limit)
{
        return fair_share_allows(s->taken, t->taken, limit);
}

bool fair_share_take(struct fair_shares *t, struct fair_share *s,
                     const struct fair_share_limit *limit)
{
        if (!fair_share_admits(t, s, limit))
                return false;
        fair_share_charge(t, s, 1);
        return true;
}

void fair_share_give_back(struct fair_shares *t, struct fair_share *s)
{
        fair_share_pay(t, s, 1);
}

void fair_share_charge(struct fair_shares *t, struct fair_share *s, uint64_t n)
{
        s->taken += n;
        t->taken += n;
}

void fair_share_pay(struct fair_shares *t, struct fair_share *s, uint64_t n)
{
        s->taken -= n;
        t->taken -= n;
}

void fair_share_remove(struct fair_shares *t, struct fair_share *s)
{
        t->taken -= s->taken;
        HASH_DEL(t->shares, s);
        free(s);
}

void fair_shares_deinit(struct fair_shares *t)
{
        FAIR_SHARE_FOREACH(t, s)
                fair_share_remove(t, s);
}
