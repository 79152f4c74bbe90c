/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ledger/recall.h"

#include "ledger/index.h"
#include "ledger/store.h"
#include "util/array.h"

/* A holder with a birth, and the namespace it holds. */
struct known_holder {
        const struct holder *holder;
        const struct netns_identity *id;
};

struct known {
        struct known_holder *list;
        size_t n, room;
        struct index cookies, inodes; /* of the sockets → place in the list */
};

static void known_deinit(struct known *k)
{
        free(k->list);
        index_deinit(&k->cookies);
        index_deinit(&k->inodes);
}

static int known_add(struct known *k, const struct holder *h, const struct netns_identity *id)
{
        if (!array_make_room(&k->list, k->n, &k->room, sizeof(*k->list)) ||
            index_add(&k->cookies, h->socket_cookie, k->n) < 0 ||
            index_add(&k->inodes, h->socket_inode, k->n) < 0)
                return -ENOMEM;
        k->list[k->n++] = (struct known_holder){h, id};
        return 0;
}

static int known_init(struct known *k, const struct ledger *l)
{
        for (size_t i = 0; i < l->n_entries; i++) {
                const struct ledger_entry *e = l->entries[i];
                for (size_t m = 0; m < e->n_holders; m++)
                        if (e->holders[m].birth && known_add(k, &e->holders[m], &e->id) < 0)
                                return -ENOMEM;
        }
        index_sort(&k->cookies);
        index_sort(&k->inodes);
        return 0;
}

/* The number of a socket is used again: one without a cookie must be of the same namespace, too. */
static bool is_same(const struct known_holder *known, const struct holder *h,
                    const struct netns_identity *id)
{
        return holder_same_socket(known->holder, h) &&
               ((known->holder->socket_cookie && h->socket_cookie) ||
                netns_identity_equal(known->id, id));
}

static struct birth *known_find(const struct known *k, const struct holder *h,
                                const struct netns_identity *id)
{
        const struct index *const indexes[] = {&k->cookies, &k->inodes};
        const uint64_t keys[] = {h->socket_cookie, h->socket_inode};

        for (size_t i = 0; i < ARRAY_SIZE(indexes); i++) {
                size_t n;
                const struct index_item *items = index_find_all(indexes[i], keys[i], &n);
                for (size_t m = 0; m < n; m++)
                        if (is_same(&k->list[items[m].place], h, id))
                                return k->list[items[m].place].holder->birth;
        }
        return NULL;
}

/* How much is known of its stack: what a process that has ended ran cannot be found out any more.
 */
static size_t count_known(const struct birth *b)
{
        size_t n = 0;

        for (size_t i = 0; i < b->n_frames; i++)
                n += (b->frames[i].function != NULL) + (b->frames[i].file != NULL);
        return n;
}

static void recall(struct holder *h, struct birth *known)
{
        if (!known || (h->birth && count_known(h->birth) >= count_known(known)))
                return;
        birth_unref(h->birth);
        h->birth = birth_ref(known);
}

int recall_births(const struct ledger *l, struct census *c)
{
        _cleanup_(known_deinit) struct known known = {};
        int r = known_init(&known, l);

        if (r < 0 || known.n == 0)
                return r;
        for (size_t i = 0; i < c->n_namespaces; i++)
                for (size_t k = 0; k < c->namespaces[i].n_holders; k++) {
                        struct holder *h = &c->namespaces[i].holders[k];
                        recall(h, known_find(&known, h, &c->namespaces[i].id));
                }
        return 0;
}
