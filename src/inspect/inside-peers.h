/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* From the numbers that namespaces have for each other to namespaces: netnsids mean something only
 * inside the one that uses them. */

#include "inspect/inside.h"

/* Which namespace one netnsid stands for. */
struct peer_netns {
        int32_t id;
        const struct netns *netns; /* of the census; NULL: our own */
        struct peer_netns *next;
};

struct peer_netns *inside_peers_netns_free(struct peer_netns *list);
DEFINE_CLEANUP(struct peer_netns *, inside_peers_netns_free);

/* Finds out for every netnsid that @network's interfaces name. Asks for our own namespace (of the
 * nsfs fd @own) first, then for those of @census except @ns itself, each opened for a moment, and
 * no longer than until all are known. On a thread that has entered. A list, empty when none is
 * known; 0 or a negative errno. *ret_all: all could be asked that may be meant. */
int inside_peers_netns_find(const struct rt_network *network, const struct netns *ns,
                            const struct census *census, int own, struct peer_netns **ret,
                            bool *ret_all);

/* Reads names and masters of the other ends (@all: as above); on a thread that is in our own
 * namespace. */
int inside_peers_read(struct inside *inside, const struct peer_netns *list, bool all);
