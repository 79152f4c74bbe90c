/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "inspect/silence.h"

#include <string.h>

#include "inspect/reach.h"
#include "netlink/rt-link.h"
#include "util/array.h"

static void link_clear(struct silence_link *l)
{
        free(l->name);
        free(l->inside_name);
        rt_save_deinit(&l->lost);
}

void silence_deinit(struct silence *s)
{
        for (size_t i = 0; i < s->n_links; i++)
                link_clear(&s->links[i]);
        free(s->links);
        *s = (struct silence){};
}

/* The interface that is to be switched off for @link. */
static struct silence_link choose(const struct netns_identity *id, const struct inside *inside,
                                  const struct rt_link *link)
{
        const struct peer *peer = inside_find_peer(inside, link->index);

        /* What a macvlan or a vlan is made on carries others' packets, too. */
        if (peer && peer->found && rt_link_is_pair(link))
                return (struct silence_link){
                        .far = true,
                        .here = peer->here,
                        .netns = peer->netns,
                        .index = peer->index,
                        .name = strdup(peer->name),
                        .inside_name = strdup(link->name),
                };
        return (struct silence_link){
                .netns = *id,
                .index = link->index,
                .name = strdup(link->name),
                .inside_name = strdup(link->name),
        };
}

int silence_plan(const struct netns_identity *id, const struct inside *inside, struct silence *ret)
{
        const struct rt_network *network = inside->network;
        struct silence s = {.netns = *id};

        for (size_t i = 0; i < network->n_links; i++) {
                const struct rt_link *link = &network->links[i];
                /* A pair with both ends inside leads nowhere. */
                if (link->loopback || !link->up ||
                    (rt_link_is_pair(link) && !link->has_link_netnsid))
                        continue;
                struct silence_link l = choose(id, inside, link);
                struct silence_link *grown = array_grow(s.links, s.n_links, sizeof(l));
                if (grown)
                        s.links = grown;
                if (!grown || !l.name || !l.inside_name) {
                        link_clear(&l);
                        silence_deinit(&s);
                        return -ENOMEM;
                }
                s.links[s.n_links++] = l;
        }
        *ret = s;
        return 0;
}

enum task {
        TASK_SAVE,
        TASK_OFF,
        TASK_ON,
};

struct order {
        struct silence_link *link;
        enum task task;
};

/* On a thread that is in the interface's namespace. An index may be another's by now, and a name
 * too; both at once would be the same interface. */
static int obey(void *userdata)
{
        const struct order *o = userdata;
        _cleanup_(rt_link_freep) struct rt_link *link = NULL;
        int r = rt_link_read(NULL, o->link->index, &link);

        if (r < 0)
                return r;
        if (strcmp(link->name, o->link->name) != 0)
                return -ENODEV;
        switch (o->task) {
        case TASK_SAVE:
                return rt_save_link(link->index, &o->link->lost);
        case TASK_OFF:
                return rt_save_switch(link->index, false);
        case TASK_ON:
                r = rt_save_switch(link->index, true);
                return r < 0 ? r : rt_save_restore(&o->link->lost);
        }
        return -EINVAL;
}

/* 0 or a negative errno: -ENODEV when the interface is gone, -ESTALE when its namespace is. */
static int give_order(struct silence_link *l, const struct census *census, enum task task)
{
        struct order order = {l, task};
        const struct netns *ns;

        if (l->here)
                return obey(&order);
        ns = census_find(census, &l->netns);
        return ns ? reach_run(ns, obey, &order, NULL) : -ESTALE;
}

int silence_save(struct silence *s, const struct census *census, struct error *error)
{
        for (size_t i = 0; i < s->n_links; i++) {
                struct silence_link *l = &s->links[i];
                int r = give_order(l, census, TASK_SAVE);
                if (r < 0)
                        return error_set_errno(
                                error, -r,
                                "Failed to read the addresses and routes of interface "
                                "\"%s\"",
                                l->name);
        }
        return 0;
}

int silence_apply(struct silence *s, const struct census *census, struct error *error)
{
        for (size_t i = 0; i < s->n_links; i++) {
                int r = give_order(&s->links[i], census, TASK_OFF);
                if (r >= 0)
                        continue;
                (void)error_set_errno(error, -r, "Failed to switch interface \"%s\" off",
                                      s->links[i].name);
                while (i-- > 0)
                        (void)give_order(&s->links[i], census, TASK_ON);
                return r;
        }
        return 0;
}

int silence_undo(struct silence *s, const struct census *census, struct error *error)
{
        int first = 0;

        for (size_t i = 0; i < s->n_links; i++) {
                int r = give_order(&s->links[i], census, TASK_ON);
                if (r < 0 && r != -ENODEV && r != -ESTALE && first == 0)
                        first = error_set_errno(error, -r,
                                                "Failed to switch interface \"%s\" on again, with "
                                                "its addresses and routes",
                                                s->links[i].name);
        }
        return first;
}
