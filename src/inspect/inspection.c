/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "inspect/inspection.h"

#include <string.h>

#include "inspect/inside-read.h"
#include "inspect/unix-listeners.h"
#include "proc/open.h"

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

static enum held_opener find_opener(const struct birth *b)
{
        if (b->pid <= 0 || b->start_nsec == 0)
                return HELD_OPENER_UNKNOWN;
        _cleanup_close_ int root = proc_open();
        _cleanup_close_ int dir =
                root < 0 ? root : proc_open_started(root, b->pid, birth_start_ticks(b));
        return dir >= 0 ? HELD_OPENER_RUNS : dir == -ESRCH ? HELD_OPENER_GONE : HELD_OPENER_UNKNOWN;
}

/* What was noted when the socket was made is no guess. */
static void take_birth(struct held *held)
{
        const struct holder *h = held->holder;

        if (!h->birth)
                return;
        held->opener = find_opener(h->birth);
        if (held->origin.kind == ORIGIN_ACCEPTED || h->birth->accepted)
                return;
        if (holder_is_opener(h))
                held->origin.kind = ORIGIN_OPENED;
        else if (h->pid > 0 && h->birth->pid > 0 &&
                 (held->origin.kind == ORIGIN_UNKNOWN || held->origin.kind == ORIGIN_OPENED))
                held->origin.kind = ORIGIN_PASSED;
}

static int describe_holder(struct inspection *i, const struct holder *h, unsigned flags,
                           struct unix_listeners *listeners)
{
        struct held *held = &i->held[i->n_held++];
        int r = 0;

        *held = (struct held){.holder = h};
        if (h->process)
                r = describe_process(i, h->process, flags, &held->process);
        if (r >= 0 && i->inside && h->socket_inode)
                held->detail = inside_find_socket(i->inside, h->socket_inode);
        bool asked = r >= 0 && origin_may_be_accepted(h, held->detail);
        if (asked)
                r = unix_listeners_read(listeners, h->process);
        if (r < 0)
                return r;
        origin_read(i->netns, h, held->process, held->detail,
                    asked && unix_listeners_have(listeners, held->detail->local), &held->origin);
        take_birth(held);
        return 0;
}

/* The client of an accepted connection that is held as well, and by the process that connected it:
 * that one has opened its end itself. */
static void find_clients(struct inspection *i)
{
        for (size_t k = 0; k < i->n_held; k++) {
                struct held *held = &i->held[k];

                if (held->origin.kind != ORIGIN_UNKNOWN || !held->detail ||
                    held->detail->peer_inode == 0)
                        continue;
                for (size_t m = 0; m < i->n_held; m++)
                        if (i->held[m].holder->socket_inode == held->detail->peer_inode &&
                            i->held[m].origin.kind == ORIGIN_ACCEPTED &&
                            i->held[m].origin.client == held->holder->pid)
                                held->origin.kind = ORIGIN_OPENED;
        }
}

static bool is_open(const struct inspection *i, const struct holder *mapping)
{
        for (size_t k = 0; k < i->n_held; k++) {
                const struct holder *h = i->held[k].holder;
                if (h->kind == HOLDER_SOCKET && h->socket_inode == mapping->socket_inode)
                        return true;
        }
        return false;
}

static const char *port_of(const char *address)
{
        return address ? strrchr(address, ':') : NULL;
}

static bool serves(const struct inspection *i, const struct socket_detail *d)
{
        const char *port = d ? port_of(d->local) : NULL;

        for (size_t k = 0; port && k < i->inside->n_listeners; k++) {
                const char *listening = port_of(i->inside->listeners[k].address);
                if (listening && strcmp(port, listening) == 0)
                        return true;
        }
        return d && d->state && strcmp(d->state, "listen") == 0;
}

static void find_causes(struct inspection *i)
{
        for (size_t k = 0; k < i->n_held; k++) {
                struct held *held = &i->held[k];
                const struct holder *h = held->holder;
                const struct cause_evidence e = {
                        .holder = h,
                        .process = held->process,
                        .origin = &held->origin,
                        .detail = held->detail,
                        .open = h->kind == HOLDER_SOCKET_MAPPING && is_open(i, h),
                        .serves = serves(i, held->detail),
                };

                held->cause = cause_find(&e);
        }
}

static int describe_holders(struct inspection *i, unsigned flags)
{
        _cleanup_(unix_listeners_deinit) struct unix_listeners listeners = {};
        int r = 0;

        for (size_t k = 0; r >= 0 && k < i->netns->n_holders; k++)
                r = describe_holder(i, &i->netns->holders[k], flags, &listeners);
        if (r < 0)
                return r;
        find_clients(i);
        find_causes(i);
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
        if (r >= 0)
                r = describe_holders(i, flags);
        if (r >= 0)
                r = find_peers(i);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(i);
        return 0;
}
