/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "inspect/inspection.h"

#include "inspect/inside-read.h"

struct inspection *inspection_free(struct inspection *i)
{
        if (!i)
                return NULL;
        (void)inside_free(i->inside);
        for (size_t k = 0; k < i->n_processes; k++)
                (void)process_facts_free(i->processes[k]);
        free(i->processes);
        free(i->held);
        socket_owners_free(i->peers, i->n_peers);
        free(i);
        return NULL;
}

static int read_inside(struct inspection *i, const struct census *census)
{
        const struct netns *ns = i->netns;
        _cleanup_free_ uint64_t *inodes = calloc(ns->n_holders + 1, sizeof(*inodes));
        size_t n = 0;

        if (!inodes)
                return -ENOMEM;
        for (size_t k = 0; k < ns->n_holders; k++)
                if (ns->holders[k].socket_inode)
                        inodes[n++] = ns->holders[k].socket_inode;
        int r = inside_read(ns, census, inodes, n, &i->inside, &i->inside_error);
        return r == -ENOMEM ? r : 0;
}

static int describe_process(struct inspection *i, const struct process *p, unsigned flags,
                            const struct process_facts **ret)
{
        for (size_t k = 0; k < i->n_processes; k++)
                if (i->processes[k]->pid == p->pid) {
                        *ret = i->processes[k];
                        return 0;
                }
        int r = process_facts_read(p, flags, &i->processes[i->n_processes]);
        if (r < 0)
                return r;
        *ret = i->processes[i->n_processes++];
        return 0;
}

static int describe_holder(struct inspection *i, const struct holder *h, unsigned flags)
{
        struct held *held = &i->held[i->n_held++];

        *held = (struct held){.holder = h};
        if (h->process) {
                int r = describe_process(i, h->process, flags, &held->process);
                if (r < 0)
                        return r;
        }
        if (i->inside && h->socket_inode)
                held->detail = inside_find_socket(i->inside, h->socket_inode);
        origin_read(i->netns, h, held->process, held->detail, &held->origin);
        held->cause = cause_find(h, held->process, &held->origin, held->detail);
        return 0;
}

/* Who has the other ends of the unix sockets that are held. */
static int find_peers(struct inspection *i)
{
        _cleanup_free_ uint64_t *inodes = calloc(i->n_held + 1, sizeof(*inodes));
        size_t n = 0;

        if (!inodes)
                return -ENOMEM;
        for (size_t k = 0; k < i->n_held; k++)
                if (i->held[k].detail && i->held[k].detail->peer_inode != 0)
                        inodes[n++] = i->held[k].detail->peer_inode;
        return socket_owners_read(inodes, n, &i->peers, &i->n_peers);
}

int inspection_new(const struct census *census, const struct netns *ns, unsigned flags,
                   struct inspection **ret)
{
        _cleanup_(inspection_freep) struct inspection *i = calloc(1, sizeof(*i));
        int r;

        if (!i)
                return -ENOMEM;
        i->netns = ns;
        i->held = calloc(ns->n_holders + 1, sizeof(*i->held));
        i->processes = (struct process_facts **)calloc(ns->n_holders + 1, sizeof(*i->processes));
        if (!i->held || !i->processes)
                return -ENOMEM;
        r = read_inside(i, census);
        for (size_t k = 0; r >= 0 && k < ns->n_holders; k++)
                r = describe_holder(i, &ns->holders[k], flags);
        if (r >= 0)
                r = find_peers(i);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(i);
        return 0;
}
