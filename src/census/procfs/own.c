/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "census/procfs/own.h"
#include "netns/mark.h"

/* What decides a verdict, and is none any more when its process has ended. */
static bool is_reference(const struct holder *h)
{
        return h->kind == HOLDER_TASK || h->kind == HOLDER_NSFS_FD;
}

/* Whether @h is a look of ours: what one of us has outside of its own namespace, or what a visitor
 * has in the namespace that it visits. Asked after @h was seen: who has ended since cannot be
 * asked, and what it left behind is looked for as after everyone who vanishes. */
static bool is_look(const struct netns_identity *id, const struct holder *h, void *userdata)
{
        struct own *o = userdata;
        bool first = h->kind == HOLDER_TASK && h->tid == h->pid;

        if (h->pid <= 0)
                return false;
        /* Nearly all that there is: no question for it. */
        if (!first && id && h->pid == o->home_pid && id->inode == o->home_netns)
                return false;
        visitors_refresh(&o->visitors);
        if (id && visitors_has(&o->visitors, h->pid, id->inode, id->cookie))
                return true;
        if (first) {
                o->home_pid = h->pid;
                o->home_netns = id->inode;
                return false;
        }
        switch (mark_ask(o->proc_fd, h->pid, h->tid > 0 ? h->tid : h->pid, NULL)) {
        case MARK_OURS:
                return true;
        case MARK_GONE:
                *o->n_vanished += h->kind == HOLDER_TASK;
                return is_reference(h);
        default:
                return false;
        }
}

void own_init(struct own *o, int proc_fd, size_t *n_vanished)
{
        *o = (struct own){.proc_fd = proc_fd, .n_vanished = n_vanished};
        visitors_init(&o->visitors, proc_fd);
}

void own_deinit(struct own *o)
{
        visitors_deinit(&o->visitors);
}

void own_leave_out(struct own *o, struct builder *b)
{
        builder_set_filter(b, is_look, o);
}
