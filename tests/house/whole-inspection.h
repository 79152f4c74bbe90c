/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* An inspection in which everything is known, for the keys that it is written with. */

#include <string.h>
#include <sys/socket.h>

#include "inspect/inspection.h"

struct whole_inspection {
        char text[2];
        struct rt_address address;
        struct rt_link link;
        struct rt_route route;
        struct rt_network network;
        struct peer peer;
        struct socket_count count;
        struct listener listener;
        struct socket_detail detail;
        struct inside inside;
        struct process_facts facts;
        struct process_facts *list[1];
        struct socket_owner owner;
        struct held held;
        struct inspection inspection;
};

static inline void whole_inside_init(struct whole_inspection *w)
{
        w->address.family = AF_INET;
        w->address.prefix_length = 8;
        memset(&w->link, 1, sizeof(w->link));
        w->link.name = w->link.kind = w->text;
        w->link.state = "up";
        w->link.n_mac = 6;
        w->link.master = w->link.index;
        w->link.addresses = &w->address;
        w->link.n_addresses = 1;
        memset(&w->route, 1, sizeof(w->route));
        w->route.family = w->route.gateway_family = AF_INET;
        w->route.interface = w->link.index;
        w->network = (struct rt_network){.links = &w->link,
                                         .n_links = 1,
                                         .default_routes = &w->route,
                                         .n_default_routes = 1,
                                         .n_addresses = 1,
                                         .truncated = true};
        memset(&w->peer, 1, sizeof(w->peer));
        w->peer.link = w->link.index;
        w->peer.name = w->peer.master = w->peer.master_kind = w->text;
        w->peer.addresses = &w->address;
        w->peer.n_addresses = 1;
        w->count = (struct socket_count){AF_INET, "tcp", "listen", 1};
        w->listener = (struct listener){"tcp", w->text, 1};
        w->inside = (struct inside){.network = &w->network,
                                    .peers = &w->peer,
                                    .n_peers = 1,
                                    .counts = &w->count,
                                    .n_counts = 1,
                                    .listeners = &w->listener,
                                    .n_listeners = 1,
                                    .missing = 1};
}

/* @ns has at least one holder. */
static inline void whole_inspection_init(struct whole_inspection *w, const struct netns *ns)
{
        struct process_facts *p = &w->facts;

        memset(w, 0, sizeof(*w));
        w->text[0] = 'x';
        whole_inside_init(w);
        memset(p, 1, sizeof(*p));
        p->comm = p->executable = p->command_line = p->user = p->parent_comm = w->text;
        p->parent_executable = p->cgroup = p->unit = p->user_unit = p->slice = w->text;
        p->container = (struct container){
                .manager = w->text, .name = w->text, .pod = w->text, .claimed = true};
        w->list[0] = p;
        memset(&w->detail, 1, sizeof(w->detail));
        w->detail.state = "listen";
        w->detail.local = w->detail.remote = w->text;
        w->detail.interface = (uint32_t)w->link.index;
        w->owner = (struct socket_owner){w->detail.peer_inode, 1, 1, w->text};
        w->held = (struct held){.holder = &ns->holders[0],
                                .process = p,
                                .detail = &w->detail,
                                .opener = HELD_OPENER_GONE,
                                .cause = &causes[0]};
        memset(&w->held.origin, 1, sizeof(w->held.origin));
        w->held.origin.kind = ORIGIN_ACCEPTED;
        w->inspection = (struct inspection){.netns = ns,
                                            .inside = &w->inside,
                                            .held = &w->held,
                                            .n_held = 1,
                                            .processes = w->list,
                                            .n_processes = 1,
                                            .peers = &w->owner,
                                            .n_peers = 1};
}
