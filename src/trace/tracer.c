/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "trace/tracer.h"

#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>

#include "census/scan-options.h"
#include "census/scan-progress.h"
#include "proc/open.h"
#include "trace/birth-cache.h"
#include "trace/births.h"
#include "trace/certificate.h"
#include "util/clock.h"
#include "util/fair-share.h"

/* What stacks mean is found out for so long in one scan, and for so long of what one share opened:
 * the others of it wait for the next. */
#define SCAN_USEC  (2 * USEC_PER_SEC)
#define SHARE_USEC (USEC_PER_SEC / 2)
#define ONE_USEC   USEC_PER_SEC
#define SHARES_MAX 256

/* Less than a scan may stand still (census/patient-scan.h). */
#define PATIENT_USEC (4 * USEC_PER_SEC)

struct tracer {
        struct teller teller; /* first */
        struct births *births;
        _Atomic enum birth_trace which;
        _Atomic uint64_t since_usec;
        bool takes_time;
        int proc_fd;
        pthread_mutex_t mutex; /* of the cache, which one who tells takes away meanwhile */
        struct birth_cache cache;
};

/* One turn of telling. */
struct turn {
        struct tracer *tracer;
        const struct scan_options *options;
        struct scan_progress *progress;
        struct birth_cache cache;
        struct fair_shares shares; /* microseconds */
};

static const struct fair_share_limit time_limit = {.total = SCAN_USEC, .each = SHARE_USEC};

/* The kernel has put it to a user, or to a unit of root's. */
static struct fair_share *share_of(struct turn *turn, const struct birth_record *r)
{
        char name[FAIR_SHARE_NAME_MAX];

        (void)snprintf(name, sizeof(name), "%u", r->share);
        return fair_share_get(&turn->shares, name);
}

/* How long the stack may be looked into; 0: not now. */
static uint64_t time_for(struct turn *turn, const struct birth_record *r)
{
        const struct fair_share *s = share_of(turn, r);

        if (turn->tracer->takes_time)
                return scan_options_skips(turn->options, r->tgid) ? 0 : PATIENT_USEC;
        if (!s || !fair_share_admits(&turn->shares, s, &time_limit) ||
            scan_options_skips(turn->options, r->tgid))
                return 0;
        return MIN(ONE_USEC, SCAN_USEC - turn->shares.taken);
}

/* Whether it is of this very socket. A connection of MPTCP, and in Linux 7.2 one of SCTP, has the
 * cookie of its listener; what has no file is any of them. */
static bool is_of(const struct birth_record *r, const struct holder *h)
{
        if ((h->protocol == IPPROTO_MPTCP || h->protocol == IPPROTO_SCTP) && h->socket_inode == 0)
                return false;
        return r->inode == 0 || h->socket_inode == 0 || r->inode == h->socket_inode;
}

/* Makes the birth of a socket, or what more of it can be known. 0, -ENOENT or -ENOMEM. */
static int make(struct turn *turn, const struct holder *h)
{
        _cleanup_(birth_unrefp) struct birth *birth = NULL;
        struct birth_record r;

        if (births_get(turn->tracer->births, h->socket_cookie, &r) < 0 || !is_of(&r, h))
                return -ENOENT;
        struct birth *known = birth_cache_find_stack(&turn->cache, &r);
        uint64_t time = known ? 0 : time_for(turn, &r);
        uint64_t start = clock_usec(CLOCK_MONOTONIC);
        scan_progress_at(turn->progress, r.tgid, SCAN_DESCRIBE);
        int e = certificate_make(&birth, &r, turn->tracer->proc_fd, time, known);
        if (e < 0)
                return e;
        struct fair_share *s = time > 0 ? share_of(turn, &r) : NULL;
        if (s)
                fair_share_charge(&turn->shares, s, clock_usec(CLOCK_MONOTONIC) - start);
        return birth_cache_put(&turn->cache, h, &r, birth, known || time > 0);
}

/* The birth of a socket, of which the cache is an owner; NULL. */
static struct birth *find(struct turn *turn, const struct holder *h)
{
        struct cached_birth *b = birth_cache_find(&turn->cache, h);

        if ((!b || !b->whole) && make(turn, h) >= 0)
                b = birth_cache_find(&turn->cache, h);
        return b ? b->birth : NULL;
}

static bool is_told_of(const struct netns *ns)
{
        return ns->verdict == VERDICT_ORPHANED || ns->unnamed || ns->strays > 0;
}

static void tell_all(struct turn *turn, struct census *c)
{
        for (size_t i = 0; i < c->n_namespaces; i++) {
                struct netns *ns = &c->namespaces[i];
                if (!is_told_of(ns))
                        continue;
                for (size_t k = 0; k < ns->n_holders; k++) {
                        struct holder *h = &ns->holders[k];
                        if (h->socket_cookie == 0 || h->kind == HOLDER_SOCKET_BACKLOG || h->birth ||
                            atomic_load(&turn->progress->cancel))
                                continue;
                        h->birth = birth_ref(find(turn, h));
                }
        }
}

static struct birth_cache take_cache(struct tracer *t)
{
        (void)pthread_mutex_lock(&t->mutex);
        struct birth_cache cache = t->cache;
        t->cache = (struct birth_cache){};
        births_sweep(t->births);
        (void)pthread_mutex_unlock(&t->mutex);
        return cache;
}

/* What another one has put there meanwhile goes: it was left behind, and knows less. */
static void give_cache_back(struct tracer *t, struct birth_cache *cache)
{
        (void)pthread_mutex_lock(&t->mutex);
        struct birth_cache before = t->cache;
        t->cache = *cache;
        (void)pthread_mutex_unlock(&t->mutex);
        birth_cache_deinit(&before);
}

static void tell(struct teller *teller, struct census *census, const struct scan_options *options,
                 struct scan_progress *progress)
{
        struct tracer *t = (struct tracer *)teller;
        struct turn turn = {
                .tracer = t,
                .options = options,
                .progress = progress,
                .cache = take_cache(t),
                .shares = {.size = sizeof(struct fair_share), .max = SHARES_MAX},
        };

        tell_all(&turn, census);
        birth_cache_turn(&turn.cache);
        give_cache_back(t, &turn.cache);
        fair_shares_deinit(&turn.shares);
        census->trace = tracer_count(t);
}

static void destroy(struct teller *teller)
{
        struct tracer *t = (struct tracer *)teller;

        births_free(t->births);
        birth_cache_deinit(&t->cache);
        (void)pthread_mutex_destroy(&t->mutex);
        fd_close(t->proc_fd);
        free(t);
}

int tracer_new_with_room(struct tracer **ret, enum birth_trace which, unsigned room,
                         struct error *reason)
{
        struct tracer *t = calloc(1, sizeof(*t));

        if (!t)
                return error_oom(reason);
        t->teller = (struct teller){.tell = tell, .free = destroy};
        t->which = which;
        (void)pthread_mutex_init(&t->mutex, NULL);
        t->proc_fd = proc_open();
        int r = births_new(&t->births, which == BIRTH_TRACE_YES, room, reason);
        if (r < 0) {
                destroy(&t->teller);
                return r;
        }
        t->since_usec = clock_usec(CLOCK_REALTIME);
        *ret = t;
        return 0;
}

int tracer_new(struct tracer **ret, enum birth_trace which, struct error *reason)
{
        return tracer_new_with_room(ret, which, BIRTHS_MAX, reason);
}

struct tracer *tracer_free(struct tracer *t)
{
        if (t)
                (void)teller_unref(&t->teller);
        return NULL;
}

void tracer_set(struct tracer *t, enum birth_trace which)
{
        if (t->which == which)
                return;
        births_set(t->births, which == BIRTH_TRACE_YES);
        /* Of those that it did not note so far, an older one has none. */
        if (which == BIRTH_TRACE_YES)
                t->since_usec = clock_usec(CLOCK_REALTIME);
        t->which = which;
}

void tracer_take_time(struct tracer *t)
{
        t->takes_time = true;
}

struct teller *tracer_teller(struct tracer *t)
{
        return &t->teller;
}

struct census_trace tracer_count(const struct tracer *t)
{
        struct birth_counts counts;

        births_count(t->births, &counts);
        return (struct census_trace){
                .which = t->which,
                .since_usec = t->since_usec,
                .now = counts.now,
                .noted = counts.noted,
                .refused = counts.refused,
        };
}
