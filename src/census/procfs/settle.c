/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "census/procfs/settle.h"

/* The sockets that a scan has seen, in this one or before, are known for as long as they live. */
static int settle_by_cache(struct walk *walk, struct builder *b)
{
        size_t n;

        for (size_t i = 0; builder_unresolved(b, &n), i < n;) {
                struct holder *h = &builder_unresolved(b, &n)[i];
                struct socket_facts facts;
                if (h->socket_inode == 0 ||
                    !socket_cache_peek(walk->sockets, h->socket_inode, &facts)) {
                        i++;
                        continue;
                }
                h->family = facts.family;
                h->type = facts.type;
                h->protocol = facts.protocol;
                h->reason = NULL;
                int r = builder_resolve(b, i, &facts.netns->id);
                if (r < 0)
                        return r;
        }
        return 0;
}

int procfs_settle_unresolved(struct walk *walk, struct builder *b)
{
        return settle_by_cache(walk, b);
}
