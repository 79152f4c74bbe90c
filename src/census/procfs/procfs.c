/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The collector that walks /proc, put together: the walk over everything, the search for what the
 * walk can not read, the second look at what seems orphaned. */

#include "census/collector.h"
#include "census/procfs/describe.h"
#include "census/procfs/netns-open.h"
#include "census/procfs/procfs-view.h"
#include "census/procfs/recheck.h"
#include "census/procfs/resolve.h"
#include "census/procfs/same-number.h"
#include "census/procfs/socket-cache.h"
#include "census/procfs/unseen.h"
#include "census/procfs/walk-all.h"
#include "census/procfs/walkers.h"
#include "census/procfs/watches.h"
#include "util/clock.h"

struct procfs {
        struct collector collector; /* first */
        struct host host;
        struct walk walk; /* from begin() to end() */
        uint64_t start_boottime_usec;
};

static struct procfs *procfs_of(struct collector *c)
{
        return (struct procfs *)c;
}

static int procfs_begin(struct collector *c, const struct scan_options *options,
                        struct scan_progress *progress, struct error *error)
{
        struct procfs *p = procfs_of(c);

        p->start_boottime_usec = clock_usec(CLOCK_BOOTTIME);
        int r = walk_init(&p->walk, &p->host, options, progress);
        return r < 0 ? error_oom(error) : 0;
}

static int scan_error(struct error *error, int r)
{
        switch (r) {
        case -ECANCELED:
                return error_set(error, -r, "The scan was cancelled");
        case -ENOMEM:
                return error_oom(error);
        default:
                return r < 0 ? error_set_errno(error, r, "Failed to walk over /proc") : r;
        }
}

static int procfs_walk(struct collector *c, struct builder *b, struct error *error)
{
        struct procfs *p = procfs_of(c);
        const struct builder_asker asker = same_number_asker(&p->host);

        builder_set_asker(b, &asker);
        int r = procfs_view_gaps(p->host.proc_fd, b);
        if (r >= 0)
                r = walk_all(&p->walk, b, false);
        if (r >= 0)
                r = watches_resolve(b);
        if (r >= 0)
                r = resolve_holders(&p->walk, b);
        return scan_error(error, r);
}

static int procfs_confirm(struct collector *c, struct builder *b, struct error *error)
{
        struct procfs *p = procfs_of(c);

        int r = recheck_orphans(&p->walk, b);
        return scan_error(error, r < 0 ? r : unseen_count(&p->walk, b));
}

static enum netns_presence procfs_presence(struct collector *c, const struct netns_identity *id)
{
        return kernel_word_presence(host_rule(&procfs_of(c)->host), id);
}

static int procfs_describe(struct collector *c, struct census *census, struct error *error)
{
        struct procfs *p = procfs_of(c);
        struct walker walkers[WALKERS_MAX];
        unsigned n;

        census_complete_owners(census, &p->host);
        int r = walkers_init(&p->walk, walkers, &n);
        if (r >= 0)
                r = census_describe(census, walkers, n, p->start_boottime_usec);
        walkers_deinit(walkers, n);
        return scan_error(error, r);
}

static void procfs_end(struct collector *c, bool complete)
{
        struct procfs *p = procfs_of(c);

        if (complete)
                socket_cache_sweep(p->host.sockets);
        else
                socket_cache_next_scan(p->host.sockets);
        if (!p->walk.host)
                return;
        atomic_store(&p->walk.progress->step, SCAN_IDLE);
        atomic_store(&p->walk.progress->pid, 0);
        walk_deinit(&p->walk);
}

static bool procfs_has_cookies(const struct collector *c)
{
        return socket_cache_has_cookies(((const struct procfs *)c)->host.sockets);
}

static void procfs_free(struct collector *c)
{
        struct procfs *p = procfs_of(c);

        host_deinit(&p->host);
        free(p);
}

int procfs_collector_new(struct collector **ret, struct error *error)
{
        struct procfs *p = calloc(1, sizeof(*p));

        if (!p)
                return error_oom(error);
        p->collector = (struct collector){
                .name = "procfs",
                .begin = procfs_begin,
                .walk = procfs_walk,
                .confirm = procfs_confirm,
                .presence = procfs_presence,
                .describe = procfs_describe,
                .end = procfs_end,
                .has_cookies = procfs_has_cookies,
                .free = procfs_free,
        };
        int r = host_init(&p->host, error);
        if (r < 0) {
                free(p);
                return r;
        }
        *ret = &p->collector;
        return 0;
}
