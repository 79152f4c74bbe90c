/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "census/unresolved.h"

#include <string.h>

#include "census/charge.h"
#include "util/array.h"

/* More users than these have no share of their own. */
#define SHARES_MAX 1024

/* How many holders are kept as were taken. */
struct unresolved_share {
        struct fair_share share;
        uint64_t unlisted, cut; /* struct census_share */
};

static const struct fair_share_limit limit = {
        .total = UNRESOLVED_TOTAL,
        .each = UNRESOLVED_EACH,
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

/* What makes two holders one. A file without a number is known by its fd. */
struct unresolved_known {
        struct {
                uint64_t inode;
                pid_t pid, tid;
                int fd;
                enum holder_kind kind, carried;
                uint32_t file; /* 1: the number is a file's, 0: a socket's */
        } key;
        UT_hash_handle hh;
};

static struct unresolved_known known_of(const struct holder *h)
{
        struct unresolved_known known = {};

        known.key.inode = h->file_inode ? h->file_inode : h->socket_inode;
        known.key.pid = h->pid;
        known.key.kind = h->kind;
        known.key.carried = h->carried;
        known.key.file = h->file_inode > 0;
        if (known.key.inode == 0) {
                known.key.tid = h->tid;
                known.key.fd = h->fd;
        }
        return known;
}

static bool is_known(struct unresolved *u, const struct holder *h)
{
        struct unresolved_known *old, sought = known_of(h);

        HASH_FIND(hh, u->known, &sought.key, sizeof(sought.key), old);
        return old;
}

static int add_known(struct unresolved *u, const struct holder *h)
{
        struct unresolved_known *known = calloc(1, sizeof(*known));

        if (!known)
                return -ENOMEM;
        *known = known_of(h);
        HASH_ADD(hh, u->known, key, sizeof(known->key), known);
        if (known->hh.tbl)
                return 0;
        free(known);
        return -ENOMEM;
}

static void forget_known(struct unresolved *u)
{
        struct unresolved_known *known, *next;

        HASH_ITER(hh, u->known, known, next) {
                HASH_DEL(u->known, known);
                free(known);
        }
}

void unresolved_deinit(struct unresolved *u)
{
        forget_known(u);
        holder_free_array(u->holders, u->n);
        free(u->of);
        fair_shares_deinit(&u->shares);
}

static int add(struct unresolved *u, struct fair_share *s, struct holder *h)
{
        if (is_known(u, h)) {
                holder_clear(h);
                return 2;
        }
        if (!fair_share_take(&u->shares, s, &limit)) {
                unresolved_share_of(s)->unlisted++;
                holder_clear(h);
                return 0;
        }
        if (!array_make_room(&u->holders, u->n, &u->room, sizeof(*u->holders)) ||
            !array_make_room(&u->of, u->n, &u->room_of, sizeof(struct fair_share *)) ||
            add_known(u, h) < 0) {
                fair_share_give_back(&u->shares, s);
                holder_clear(h);
                return -ENOMEM;
        }
        u->of[u->n] = s;
        u->holders[u->n++] = *h;
        return 1;
}

/* NULL when out of memory. */
static struct fair_share *share_of(struct unresolved *u, pid_t pid, uid_t uid)
{
        char name[FAIR_SHARE_NAME_MAX];

        if (!u->last || u->last_pid != pid) {
                u->last = fair_share_get(&u->shares, charge_name(pid, uid, name));
                u->last_pid = pid;
        }
        return u->last;
}

int unresolved_count_cut(struct unresolved *u, pid_t pid, uid_t uid)
{
        struct fair_share *s = share_of(u, pid, uid);

        if (!s)
                return -ENOMEM;
        unresolved_share_of(s)->cut++;
        return 0;
}

int unresolved_add(struct unresolved *u, struct holder *h)
{
        if (!share_of(u, h->pid, h->uid)) {
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
                unresolved_share_of(to)->cut += unresolved_share_of(s)->cut;
        }
        for (size_t i = 0; i < from->n; i++) {
                if (from->holders[i].kind == HOLDER_NONE)
                        continue;
                pid_t pid = from->holders[i].pid;
                int k = add(u, fair_share_get(&u->shares, from->of[i]->name), &from->holders[i]);
                if (k == 0)
                        dropped(pid, userdata);
                r = r < 0 ? r : MIN(k, 0);
        }
        from->n = 0;
        from->last = NULL;
        forget_known(from);
        fair_shares_deinit(&from->shares);
        return r;
}

struct holder unresolved_take(struct unresolved *u, size_t i)
{
        struct holder h = u->holders[i];

        fair_share_give_back(&u->shares, u->of[i]);
        u->holders[i] = (struct holder){};
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
                if (unresolved_share_of(s)->unlisted == 0 && unresolved_share_of(s)->cut == 0)
                        continue;
                memcpy(to->name, s->name, sizeof(to->name));
                to->unlisted = unresolved_share_of(s)->unlisted;
                to->cut = unresolved_share_of(s)->cut;
                census->n_shares++;
        }
        qsort(census->shares, census->n_shares, sizeof(*census->shares), share_compare);
        size_t n = 0;
        for (size_t i = 0; i < u->n; i++)
                if (u->holders[i].kind != HOLDER_NONE)
                        u->holders[n++] = u->holders[i];
        u->n = n;
        if (u->n > 1)
                qsort(u->holders, u->n, sizeof(*u->holders), holder_compare);
        census->unresolved = TAKE_PTR(u->holders);
        census->n_unresolved = u->n;
        u->n = u->room = 0;
        return 0;
}
