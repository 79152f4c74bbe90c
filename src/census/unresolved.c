/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "census/unresolved.h"

#include <string.h>

#include "census/builder.h"
#include "census/charge.h"
#include "census/entry.h"
#include "util/array.h"

/* More users than these have no share of their own. */
#define SHARES_MAX 1024

/* So many holders are kept as were taken. */
struct unresolved_share {
        struct fair_share share;
        uint64_t unlisted;
};

static const struct fair_share_limit limit = {
        .total = BUILDER_UNRESOLVED_TOTAL,
        .each = BUILDER_UNRESOLVED_EACH,
        .granted = 16,
};

static struct unresolved_share *unresolved_share_of(struct fair_share *s)
{
        return (struct unresolved_share *)s;
}

void unresolved_init(struct unresolved *u)
{
        *u = (struct unresolved){
                .shares = {.size = sizeof(struct unresolved_share), .max = SHARES_MAX},
        };
}

void unresolved_deinit(struct unresolved *u)
{
        holders_free(u->holders, u->n);
        free(u->of);
        fair_shares_deinit(&u->shares);
}

static int add(struct unresolved *u, struct fair_share *s, struct holder *h)
{
        if (!fair_share_take(&u->shares, s, &limit)) {
                unresolved_share_of(s)->unlisted++;
                holder_clear(h);
                return 0;
        }
        if (!array_make_room(&u->holders, u->n, &u->room, sizeof(*u->holders)) ||
            !array_make_room(&u->of, u->n, &u->room_of, sizeof(struct fair_share *))) {
                fair_share_give_back(&u->shares, s);
                holder_clear(h);
                return -ENOMEM;
        }
        u->of[u->n] = s;
        u->holders[u->n++] = *h;
        return 1;
}

int unresolved_add(struct unresolved *u, struct holder *h)
{
        char name[FAIR_SHARE_NAME_MAX];

        if (!u->last || u->last_pid != h->pid) {
                u->last = fair_share_get(&u->shares, charge_name(h->pid, h->uid, name));
                u->last_pid = h->pid;
        }
        if (!u->last) {
                holder_clear(h);
                return -ENOMEM;
        }
        return add(u, u->last, h);
}

int unresolved_merge(struct unresolved *u, struct unresolved *from,
                     void (*dropped)(pid_t pid, void *userdata), void *userdata)
{
        int r = 0;

        FAIR_SHARE_FOREACH(&from->shares, s) {
                struct fair_share *to = fair_share_get(&u->shares, s->name);
                if (!to)
                        return -ENOMEM;
                unresolved_share_of(to)->unlisted += unresolved_share_of(s)->unlisted;
        }
        for (size_t i = 0; i < from->n; i++) {
                pid_t pid = from->holders[i].pid;
                int k = add(u, fair_share_get(&u->shares, from->of[i]->name), &from->holders[i]);
                if (k == 0)
                        dropped(pid, userdata);
                r = r < 0 ? r : MIN(k, 0);
        }
        from->n = 0;
        from->last = NULL;
        fair_shares_deinit(&from->shares);
        return r;
}

struct holder unresolved_take(struct unresolved *u, size_t i)
{
        struct holder h = u->holders[i];

        fair_share_give_back(&u->shares, u->of[i]);
        u->n--;
        memmove(&u->holders[i], &u->holders[i + 1], (u->n - i) * sizeof(*u->holders));
        memmove(&u->of[i], &u->of[i + 1], (u->n - i) * sizeof(struct fair_share *));
        return h;
}

static int share_compare(const void *a, const void *b)
{
        return strcmp(((const struct census_share *)a)->name,
                      ((const struct census_share *)b)->name);
}

int unresolved_finish(struct unresolved *u, struct census *census)
{
        census->shares = calloc(HASH_COUNT(u->shares.shares) + 1, sizeof(*census->shares));
        if (!census->shares)
                return -ENOMEM;
        FAIR_SHARE_FOREACH(&u->shares, s) {
                struct census_share *to = &census->shares[census->n_shares];
                if (unresolved_share_of(s)->unlisted == 0)
                        continue;
                memcpy(to->name, s->name, sizeof(to->name));
                to->unlisted = unresolved_share_of(s)->unlisted;
                census->n_shares++;
        }
        qsort(census->shares, census->n_shares, sizeof(*census->shares), share_compare);
        if (u->n > 1)
                qsort(u->holders, u->n, sizeof(*u->holders), holder_compare);
        census->unresolved = TAKE_PTR(u->holders);
        census->n_unresolved = u->n;
        u->n = u->room = 0;
        return 0;
}
