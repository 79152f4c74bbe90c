/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "census/procfs/procfs.h"

#include "census/builder-judge.h"
#include "census/finish.h"
#include "census/procfs/netns-open.h"
#include "census/procfs/procfs-view.h"
#include "census/procfs/recheck.h"
#include "census/procfs/resolve.h"
#include "census/procfs/same-number.h"
#include "census/procfs/socket-cache.h"
#include "census/procfs/unseen.h"
#include "census/procfs/walk-all.h"
#include "census/procfs/watches.h"

struct procfs {
        struct source source; /* first */
        struct host host;
};

static int find_holders(struct walk *walk, struct builder *b)
{
        const struct builder_asker asker = same_number_asker(walk->host);

        builder_set_asker(b, &asker);
        int r = procfs_view_gaps(walk->host->proc_fd, b);
        if (r >= 0)
                r = walk_all(walk, b, false);
        if (r >= 0)
                r = watches_resolve(b);
        return r < 0 ? r : resolve_holders(walk, b);
}

static enum netns_presence presence(const struct netns_identity *id, void *userdata)
{
        return kernel_word_presence(host_rule(userdata), id);
}

static int make_census(struct walk *walk, struct census **ret)
{
        _cleanup_(builder_freep) struct builder *b = builder_new();
        struct host *host = walk->host;

        if (!b)
                return -ENOMEM;
        int r = find_holders(walk, b);
        if (r >= 0)
                r = builder_judge(b);
        if (r >= 0)
                r = recheck_orphans(walk, b);
        if (r >= 0)
                r = unseen_count(walk, b);
        if (r >= 0)
                r = finish_census(b, walk->options, presence, host, ret);
        if (r < 0)
                return r;
        (*ret)->cookies = socket_cache_has_cookies(host->sockets);
        netns_open_complete_owners(*ret, host);
        return 0;
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

static int procfs_scan(struct source *s, const struct scan_options *options,
                       struct scan_progress *progress, struct census **ret, struct error *error)
{
        struct host *host = &((struct procfs *)s)->host;
        struct walk walk;

        int r = walk_init(&walk, host, options, progress);
        if (r < 0)
                return error_oom(error);
        r = make_census(&walk, ret);
        if (r >= 0)
                socket_cache_sweep(host->sockets);
        else
                socket_cache_next_scan(host->sockets);
        walk_deinit(&walk);
        return scan_error(error, r);
}

static void procfs_free(struct source *s)
{
        struct procfs *p = (struct procfs *)s;

        host_deinit(&p->host);
        free(p);
}

int procfs_source_new(struct source **ret, struct error *error)
{
        struct procfs *p = calloc(1, sizeof(*p));

        if (!p)
                return error_oom(error);
        p->source = (struct source){.name = "procfs", .scan = procfs_scan, .free = procfs_free};
        int r = host_init(&p->host, error);
        if (r < 0) {
                free(p);
                return r;
        }
        *ret = &p->source;
        return 0;
}
