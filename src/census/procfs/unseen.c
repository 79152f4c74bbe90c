/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "census/procfs/unseen.h"

#include <time.h>

#include "census/builder-judge.h"
#include "census/procfs/unseen-look.h"
#include "census/procfs/walk-all.h"

/* How long what seems unseen may be one that is going away. */
#define PAUSE_NSEC 40000000L
#define PAUSES_MAX 8

static uint64_t tie_key(const struct rt_tie *t)
{
        const uint64_t parts[] = {t->at, (uint64_t)t->index, (uint64_t)t->link, (uint64_t)t->id};
        uint64_t key = UINT64_C(0xcbf29ce484222325);

        for (size_t i = 0; i < ARRAY_SIZE(parts); i++)
                for (unsigned byte = 0; byte < sizeof(parts[i]); byte++)
                        key = (key ^ (parts[i] >> 8 * byte & 0xff)) * UINT64_C(0x100000001b3);
        return key;
}

/* Drops the ties that are not among those of @keys. */
static void keep_known(struct unseen_look *l, struct number_set *keys)
{
        size_t n = 0;

        for (size_t i = 0; i < l->ties.n; i++)
                if (number_set_has(keys, tie_key(&l->ties.list[i])))
                        l->ties.list[n++] = l->ties.list[i];
        l->ties.n = n;
}

static int remember(const struct unseen_look *l, struct number_set *keys)
{
        int r = 0;

        number_set_clear(keys);
        for (size_t i = 0; i < l->ties.n && r >= 0; i++)
                r = MIN(number_set_add(keys, tie_key(&l->ties.list[i])), 0);
        return r;
}

/* How many different numbers the ties have, of namespaces that live, beyond those of known ones in
 * flight. */
static int count(struct unseen_look *l, size_t *ret)
{
        struct number_set *seen = number_set_new();
        size_t n = 0;
        int r = seen ? 0 : -ENOMEM;

        for (size_t i = 0; i < l->ties.n && r >= 0; i++) {
                r = number_set_add(seen, (uint64_t)l->ties.list[i].id + 1);
                n += r > 0 && rt_ids_alive(&l->ids, l->ties.list[i].id) > 0;
        }
        number_set_free(seen);
        *ret = n > l->n_unasked ? n - l->n_unasked : 0;
        return MIN(r, 0);
}

/* A walk over everything, and a look after it: what is left over then, too. */
static int look_again(struct walk *walk, struct unseen_look *l, struct number_set *keys)
{
        _cleanup_(builder_freep) struct builder *second = builder_new();

        if (!second)
                return -ENOMEM;
        int r = walk_all(walk, second, true);
        if (r >= 0)
                r = builder_judge(second);
        if (r < 0)
                return r;
        unseen_look_deinit(l);
        r = unseen_look_at_all(l, walk, second);
        if (r >= 0)
                keep_known(l, keys);
        return r;
}

/* A namespace that is being torn down keeps its links and its number until the kernel gets to it,
 * which takes longer the more of them there are. */
static int let_go(struct walk *walk, struct unseen_look *l, struct builder *b,
                  struct number_set *keys)
{
        const struct timespec pause = {.tv_nsec = PAUSE_NSEC};
        int r = 0;

        for (unsigned i = 0; i < PAUSES_MAX && l->ties.n > 0 && r >= 0; i++) {
                (void)nanosleep(&pause, NULL);
                unseen_look_deinit(l);
                r = unseen_look_at_all(l, walk, b);
                if (r >= 0)
                        keep_known(l, keys);
        }
        return r;
}

int unseen_count(struct walk *walk, struct builder *b)
{
        _cleanup_(unseen_look_deinit) struct unseen_look l = UNSEEN_LOOK_NULL;
        bool old = true;
        size_t n = 0;

        atomic_store(&walk->progress->step, SCAN_NETLINK);
        int r = unseen_look_at_all(&l, walk, b);
        for (size_t i = 0; i < l.ties.n; i++)
                old &= number_set_has(walk->host->unseen, tie_key(&l.ties.list[i]));
        if (r >= 0)
                r = remember(&l, walk->host->unseen);
        if (r >= 0 && !old)
                r = look_again(walk, &l, walk->host->unseen);
        if (r >= 0 && !old)
                r = let_go(walk, &l, b, walk->host->unseen);
        if (r >= 0)
                r = count(&l, &n);
        for (size_t i = 0; i < n; i++)
                builder_gap(b, GAP_NETNS_UNSEEN, 0, 0);
        return r;
}
