/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "census/procfs/walk.h"

/* Whether @h is a look of ours: what one of us has outside of its own namespace, or what a visitor
 * has in the namespace that it visits. Asked after @h was seen, and the list is written before
 * anybody looks (netns/ourselves.h): so who looks has been on it. */
static bool is_look(const struct netns_identity *id, const struct holder *h, void *userdata)
{
        struct walker *w = userdata;
        bool first = h->kind == HOLDER_TASK && h->tid == h->pid;

        if (h->pid <= 0)
                return false;
        /* Nearly all that there is: no question for it. */
        if (!first && id && h->pid == w->home_pid && id->inode == w->home_netns)
                return false;
        if (id && ourselves_visits(&w->ourselves, h->pid, id->inode, id->cookie))
                return true;
        if (first) {
                w->home_pid = h->pid;
                w->home_netns = id->inode;
                return false;
        }
        return ourselves_has(&w->ourselves, h->pid);
}

void walker_leave_out_own(struct walker *w)
{
        builder_set_filter(w->builder, is_look, w);
}
