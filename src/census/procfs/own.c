/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "census/procfs/own.h"

/* Whether @h is a look of ours: what one of us has outside of its own namespace, or what a visitor
 * has in the namespace that it visits. Asked after @h was seen, and the list is written before
 * anybody looks (netns/ourselves.h): so who looks has been on it. */
static bool is_look(const struct netns_identity *id, const struct holder *h, void *userdata)
{
        struct own *o = userdata;
        bool first = h->kind == HOLDER_TASK && h->tid == h->pid;

        if (h->pid <= 0)
                return false;
        /* Nearly all that there is: no question for it. */
        if (!first && id && h->pid == o->home_pid && id->inode == o->home_netns)
                return false;
        if (id && ourselves_visits(&o->ourselves, h->pid, id->inode, id->cookie))
                return true;
        if (first) {
                o->home_pid = h->pid;
                o->home_netns = id->inode;
                return false;
        }
        return ourselves_has(&o->ourselves, h->pid);
}

void own_init(struct own *o, int proc_fd)
{
        *o = (struct own){};
        ourselves_init(&o->ourselves, proc_fd);
}

void own_deinit(struct own *o)
{
        ourselves_deinit(&o->ourselves);
}

void own_leave_out(struct own *o, struct builder *b)
{
        builder_set_filter(b, is_look, o);
}
