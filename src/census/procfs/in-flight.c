/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "census/procfs/in-flight.h"

#include <string.h>

#include "census/procfs/lookers.h"
#include "census/procfs/socket-cache.h"
#include "census/procfs/visit.h"
#include "proc/error.h"
#include "util/text.h"

/* The process whose queue is looked into, and its socket. */
struct looked {
        struct visit visit;
        const struct queue *queue;
        struct fair_share *share; /* whom the look is charged to */
};

static void count_files(struct looked *l, enum coverage_gap gap, uint64_t n)
{
        struct builder *b = l->visit.walker->builder;

        if (n == 0)
                return;
        builder_gap(b, gap, l->visit.pid, 0);
        builder_coverage(b)->gaps[gap].count += n - 1;
}

static struct holder holder_in_flight(const struct looked *l, const struct look_record *record,
                                      enum holder_kind carried)
{
        struct holder h = HOLDER_OF(l->queue->pid, l->queue->tid, l->queue->fd);

        h.kind = HOLDER_SOCKET_IN_FLIGHT;
        h.carried = carried;
        h.depth = record->depth;
        h.family = record->family;
        h.type = record->type;
        h.protocol = record->protocol;
        return h;
}

/* The namespace of @h is @record's, if that could be asked. */
static int emit(struct looked *l, const struct look_record *record, const struct netns_identity *id,
                struct holder *h)
{
        struct builder *b = l->visit.walker->builder;

        if (record->error < 0)
                return visit_emit_refused(&l->visit, h, record->error);
        int r = builder_emit(b, id, h);
        if (r == 0)
                builder_learn(b, id, &record->netns.facts);
        return r;
}

static int on_socket(struct looked *l, const struct look_record *record)
{
        struct walk *walk = l->visit.walker->walk;
        struct holder h = holder_in_flight(l, record, HOLDER_SOCKET);
        const struct netns_identity id = {.inode = record->netns.inode, .cookie = record->cookie};
        struct socket_facts known;

        h.socket_inode = record->inode;
        if (!socket_cache_peek(walk->host->sockets, record->inode, &known))
                builder_coverage(l->visit.walker->builder)->sockets++;
        return emit(l, record, &id, &h);
}

/* By inode alone, as a task's link has no more: so all of them meet. */
static int on_nsfs(struct looked *l, const struct look_record *record)
{
        struct holder h = holder_in_flight(l, record, HOLDER_NSFS_FD);

        return emit(l, record, &(struct netns_identity){.inode = record->netns.inode}, &h);
}

static int on_tun(struct looked *l, const struct look_record *record)
{
        struct holder h = holder_in_flight(l, record, HOLDER_TUN);
        size_t n = strnlen(record->device, sizeof(record->device));

        if (n > 0) {
                h.device = text_escape(record->device, n);
                if (!h.device)
                        return -ENOMEM;
        }
        h.device_netns = record->device_netns;
        return emit(l, record, &(struct netns_identity){.inode = record->netns.inode}, &h);
}

/* What it is, resolve.h finds out, as far as its number tells. */
static int on_proc(struct looked *l, const struct look_record *record)
{
        struct holder h = holder_in_flight(l, record, HOLDER_PROC_NET_FILE);

        h.file_inode = record->inode;
        h.reason = "may be a file below /proc/…/net, in flight, which cannot be verified";
        return builder_emit_unresolved(l->visit.walker->builder, &h);
}

static int on_other(struct looked *l, const struct look_record *record)
{
        struct holder h = holder_in_flight(l, record, record->holder);

        h.file_inode = record->inode;
        h.reason = "in flight, and of a kind that does not show which namespace it keeps";
        return builder_emit_unresolved(l->visit.walker->builder, &h);
}

static int on_record(const struct look_record *record, void *userdata)
{
        struct looked *l = userdata;

        atomic_fetch_add(&l->visit.walker->walk->progress->beats, 1);
        switch (record->kind) {
        case LOOK_SOCKET:
                return on_socket(l, record);
        case LOOK_NSFS:
                return on_nsfs(l, record);
        case LOOK_TUN:
                return on_tun(l, record);
        case LOOK_PROC:
                return on_proc(l, record);
        case LOOK_OTHER:
                return on_other(l, record);
        case LOOK_UNREACHED:
                count_files(l, GAP_IN_FLIGHT_LIMIT, record->count);
                return 0;
        default:
                return 0;
        }
}

static int ask(struct looked *l)
{
        struct walk *walk = l->visit.walker->walk;
        const struct queue *q = l->queue;
        const struct look_request request = {.fd = q->fd,
                                             .socket_inode = q->socket_inode,
                                             .scm_fds = q->scm_fds,
                                             .devices = walk->devices};
        struct look_subject subject = {
                .pid = q->pid, .uid = l->visit.uid, .socket_inode = q->socket_inode};

        int pidfd = visit_pidfd(&l->visit, q->tid);
        if (pidfd < 0)
                return pidfd;
        memcpy(subject.share, l->share->name, sizeof(subject.share));
        return lookers_ask(walk->host->lookers, &subject, pidfd, &request, on_record, l);
}

/* How many looks in one scan: for all shares, for one, and for each in any case. */
static const struct fair_share_limit limit = {.total = 16384, .each = 4096, .granted = 64};

#define SHARES_MAX 1024

static int look_at_queue(struct walker *w, const struct queue *q, struct fair_shares *shares)
{
        struct looked l = {.queue = q};
        char share[FAIR_SHARE_NAME_MAX];

        int r = visit_init(&l.visit, w, q->pid);
        if (r <= 0)
                return r;
        walker_at(w, q->pid, SCAN_IN_FLIGHT);
        l.share = fair_share_get(shares, charge_name(q->pid, l.visit.uid, share));
        r = !l.share ? -ENOMEM : fair_share_take(shares, l.share, &limit) ? ask(&l) : -EDQUOT;
        visit_deinit(&l.visit);
        if (r == -ENOMEM || r == -ECANCELED)
                return r;
        if (r == -EBUSY || r == -ETIMEDOUT)
                count_files(&l, GAP_IN_FLIGHT_BLOCKED, q->scm_fds);
        else if (r < 0 && !proc_error_is_gone(r))
                count_files(&l, GAP_IN_FLIGHT_LIMIT, q->scm_fds);
        return 0;
}

int in_flight_visit(struct walker *w)
{
        const struct scan_options *options = w->walk->options;
        struct lookers *lookers = w->walk->host->lookers;
        struct fair_shares shares = {.size = sizeof(struct fair_share), .max = SHARES_MAX};
        int r = 0;

        if (w->queues.n == 0)
                return 0;
        if (!options->deep || !options->fork_server) {
                for (size_t i = 0; i < w->queues.n; i++)
                        builder_gap(w->builder, GAP_IN_FLIGHT_OFF, w->queues.list[i].pid, 0);
                return 0;
        }
        queues_sort(&w->queues);
        lookers_begin(lookers, options->fork_server, &w->walk->progress->cancel);
        for (size_t i = 0; i < w->queues.n && r >= 0; i++)
                r = look_at_queue(w, &w->queues.list[i], &shares);
        fair_shares_deinit(&shares);
        lookers_end(lookers);
        return r;
}
