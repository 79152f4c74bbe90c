/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "inspect/inside-peers.h"

#include <string.h>

#include "inspect/address.h"
#include "inspect/reach.h"
#include "netlink/netns-thread.h"
#include "netlink/rt-ids.h"

struct peer_netns *inside_peers_netns_free(struct peer_netns *list)
{
        while (list) {
                struct peer_netns *next = list->next;
                free(list);
                list = next;
        }
        return NULL;
}

static const struct peer_netns *find(const struct peer_netns *list, int32_t id)
{
        for (; list; list = list->next)
                if (list->id == id)
                        return list;
        return NULL;
}

static bool all_known(const struct rt_network *network, const struct peer_netns *list)
{
        for (size_t i = 0; i < network->n_links; i++) {
                const struct rt_link *link = &network->links[i];
                if (link->has_link_netnsid && !find(list, link->link_netnsid))
                        return false;
        }
        return true;
}

/* Adds the namespace of @fd to @list, if it has a number here. */
static int add(struct peer_netns **list, struct rt_ids *here, int fd, const struct netns *netns)
{
        struct rt_id_question question = {.fd = fd};
        struct peer_netns *entry;

        int r = rt_ids_ask(here, &question, 1);
        if (r >= 0)
                r = question.r;
        if (r < 0 || question.id < 0)
                return r;
        entry = malloc(sizeof(*entry));
        if (!entry)
                return -ENOMEM;
        *entry = (struct peer_netns){question.id, netns, *list};
        *list = entry;
        return 0;
}

int inside_peers_netns_find(const struct rt_network *network, const struct netns *ns,
                            const struct census *census, int own, struct peer_netns **ret,
                            bool *ret_all)
{
        _cleanup_(inside_peers_netns_freep) struct peer_netns *list = NULL;
        _cleanup_(rt_ids_close) struct rt_ids here = RT_IDS_NULL;
        size_t n = census ? census->n_namespaces : 0;
        int r = 0;

        *ret_all = census && census->coverage.tasks_complete;
        if (!all_known(network, NULL)) {
                r = rt_ids_open(&here);
                if (r >= 0)
                        r = add(&list, &here, own, NULL);
        }
        for (size_t i = 0; r >= 0 && i < n && !all_known(network, list); i++) {
                const struct netns *other = &census->namespaces[i];

                if (other == ns)
                        continue;
                _cleanup_close_ int fd = reach_netns(other, NULL);
                /* One that cannot be opened leaves its interfaces without a name, no more. */
                if (fd < 0)
                        *ret_all = false;
                else
                        r = add(&list, &here, fd, other);
        }
        if (r < 0)
                return r;
        *ret = TAKE_PTR(list);
        return 0;
}

/* Takes a string from a link that is freed after. */
static int take(const char *s, char **ret)
{
        *ret = s ? strdup(s) : NULL;
        return s && !*ret ? -ENOMEM : 0;
}

/* A hostile namespace may have many interfaces, each tied to one with many addresses. */
#define ADDRESSES_MAX 16
#define ASKED_MAX     64

/* Those of an interface that traffic comes by: the bridge's, or the other end's own. A namespace
 * with more than can be listed has none then. */
static int read_addresses(struct peer *peer, struct rt_link *link)
{
        int r = rt_network_read_addresses(link);

        if (r < 0)
                return r == -ENOMEM ? r : 0;
        peer->addresses = TAKE_PTR(link->addresses);
        peer->n_addresses = MIN(link->n_addresses, (size_t)ADDRESSES_MAX);
        link->n_addresses = 0;
        return 0;
}

struct question {
        struct peer *peer;
        bool addresses; /* are asked for, too */
};

/* In the other end's namespace. */
static int read_other_end(void *userdata)
{
        struct question *q = userdata;
        struct peer *peer = q->peer;
        _cleanup_(rt_link_freep) struct rt_link *link = NULL, *master = NULL;
        int r;

        r = rt_link_read(NULL, peer->index, &link);
        if (r < 0)
                return r == -ENODEV ? 0 : r;
        if (link->master > 0) {
                r = rt_link_read(NULL, link->master, &master);
                if (r < 0 && r != -ENODEV)
                        return r;
        }
        peer->found = true;
        r = take(link->name, &peer->name);
        if (r >= 0 && master)
                r = take(master->name, &peer->master);
        if (r >= 0 && master)
                r = take(master->kind, &peer->master_kind);
        return r < 0 || !q->addresses ? r : read_addresses(peer, master ? master : link);
}

static int read_peer(struct peer *peer, const struct peer_netns *entry, bool addresses)
{
        struct question q = {peer, addresses};

        peer->here = !entry->netns;
        if (peer->here)
                return read_other_end(&q);
        peer->netns = entry->netns->id;
        _cleanup_close_ int fd = reach_netns(entry->netns, NULL);
        return fd < 0 ? 0 : netns_thread_run(fd, read_other_end, &q);
}

int inside_peers_read(struct inside *inside, const struct peer_netns *list, bool all)
{
        const struct rt_network *network = inside->network;

        inside->peers = calloc(network->n_links, sizeof(*inside->peers));
        if (!inside->peers && network->n_links > 0)
                return -ENOMEM;
        for (size_t i = 0; i < network->n_links; i++) {
                const struct rt_link *link = &network->links[i];

                if (!link->has_link_netnsid)
                        continue;
                struct peer *peer = &inside->peers[inside->n_peers++];
                *peer = (struct peer){.link = link->index, .index = link->link};
                const struct peer_netns *entry = find(list, link->link_netnsid);
                peer->unseen = all && !entry && link->link_netnsid >= 0;
                int r = entry ? read_peer(peer, entry, inside->n_peers <= ASKED_MAX) : 0;
                if (r < 0)
                        return r;
        }
        return 0;
}
