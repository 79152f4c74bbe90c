/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "census/scanner.h"

#include <stdio.h>
#include <string.h>

#include "census/collector.h"
#include "census/procfs/look.h"
#include "census/verdict.h"
#include "netns/mark.h"
#include "util/clock.h"
#include "util/fork-server.h"
#include "util/kernel.h"

struct scanner {
        struct collector *procfs; /* describes what any of them finds */
        struct collector *bpf;    /* loaded when it is first asked for */
        bool bpf_failed;          /* for good */
        unsigned bpf_unfinished;  /* scans in a row that did not come to their end */
        struct error not_bpf;     /* why */
};

/* What such a child holds is as little a holder as what we hold. */
static void child_main(int socket_fd)
{
        (void)mark_set();
        look_main(socket_fd);
}

int scanner_fork_server(struct fork_server **ret, struct error *error)
{
        return fork_server_new(ret, child_main, error);
}

int scanner_new(struct scanner **ret, struct error *error)
{
        _cleanup_(scanner_freep) struct scanner *s = NULL;

        int r = kernel_require(error);
        if (r < 0)
                return r;
        s = calloc(1, sizeof(*s));
        if (!s)
                return error_oom(error);
        r = procfs_collector_new(&s->procfs, error);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(s);
        return 0;
}

struct scanner *scanner_free(struct scanner *s)
{
        if (!s)
                return NULL;
        if (s->bpf)
                s->bpf->free(s->bpf);
        if (s->procfs)
                s->procfs->free(s->procfs);
        free(s);
        return NULL;
}

static void judge(struct census *census)
{
        coverage_conclude(&census->coverage);
        for (size_t i = 0; i < census->n_namespaces; i++) {
                struct netns *ns = &census->namespaces[i];
                ns->partial = verdict_is_partial(ns, &census->coverage);
        }
}

/* One that something of ours is in exists, if only because of us. */
static enum netns_presence presence_of(struct collector *c, const struct census *census,
                                       const struct netns_identity *id)
{
        for (size_t i = 0; i < census->n_visited; i++)
                if (netns_identity_equal(&census->visited[i], id))
                        return NETNS_PRESENCE_THERE;
        return c->presence(c, id);
}

/* What became of those that the caller knows and the scan has not found. */
static int ask_about(struct collector *c, const struct scan_options *options, struct census *census)
{
        census->absent = calloc(options->n_ask + 1, sizeof(*census->absent));
        if (!census->absent)
                return -ENOMEM;
        for (size_t i = 0; i < options->n_ask; i++) {
                const struct netns_identity *id = &options->ask[i];
                if (!census_search(census, id))
                        census->absent[census->n_absent++] =
                                (struct absent_netns){*id, presence_of(c, census, id)};
        }
        return 0;
}

static int collect(struct collector *c, const struct scan_options *options, struct census *census,
                   struct error *error)
{
        _cleanup_(builder_freep) struct builder *b = builder_new();

        if (!b)
                return error_oom(error);
        int r = c->walk(c, b, error);
        if (r < 0)
                return r;
        r = builder_settle(b);
        if (r < 0)
                return error_oom(error);
        r = c->confirm(c, b, error);
        if (r < 0)
                return r;
        r = builder_finish(b, census);
        if (r >= 0)
                r = ask_about(c, options, census);
        if (r < 0)
                return error_oom(error);
        judge(census);
        if (options->brief)
                census_unlist_attached(census);
        return 0;
}

/* A whole census by one source, but for names. */
static int scan_by(struct collector *c, const struct scan_options *options, struct census **ret,
                   struct error *error)
{
        _cleanup_(census_freep) struct census *census = calloc(1, sizeof(*census));

        if (!census)
                return error_oom(error);
        census->start_usec = clock_usec(CLOCK_REALTIME);
        census->start_boottime_usec = clock_usec(CLOCK_BOOTTIME);
        census->collector = c->name;
        int r = collect(c, options, census, error);
        if (r < 0)
                return r;
        census->cookies = c->has_cookies(c);
        *ret = TAKE_PTR(census);
        return 0;
}

/* How often in a row lists may change too fast to be followed: whoever makes them change so cannot
 * end it for good by a moment's work. */
#define UNFINISHED_MAX 3

/* What has failed once is left alone: half an answer now and then would be worse than the other
 * source's. */
static int give_up_bpf(struct scanner *s, int errnum, const struct error *reason)
{
        s->not_bpf = *reason;
        if ((errnum == -EAGAIN || errnum == -ETIMEDOUT) && ++s->bpf_unfinished < UNFINISHED_MAX)
                return -EOPNOTSUPP;
        if (s->bpf)
                s->bpf->free(s->bpf);
        s->bpf = NULL;
        s->bpf_failed = true;
        return -EOPNOTSUPP;
}

/* By BPF: 0, -EOPNOTSUPP when it can not be used, or another negative errno. */
static int scan_by_bpf(struct scanner *s, const struct scan_options *options,
                       struct scan_progress *progress, struct census **ret, struct error *error)
{
        struct error reason = {};
        int r = 0;

        if (s->bpf_failed)
                return -EOPNOTSUPP;
        if (!s->bpf)
                r = bpf_collector_new(&s->bpf, &reason);
        if (r >= 0) {
                r = s->bpf->begin(s->bpf, options, progress, &reason);
                if (r >= 0)
                        r = scan_by(s->bpf, options, ret, &reason);
                s->bpf->end(s->bpf, r >= 0);
        }
        if (r == -ENOMEM)
                return error_oom(error);
        if (r == -ECANCELED)
                return error_set(error, ECANCELED, "The scan was cancelled");
        if (r < 0)
                return give_up_bpf(s, r, &reason);
        s->bpf_unfinished = 0;
        return 0;
}

static int scan_by_any(struct scanner *s, const struct scan_options *options,
                       struct scan_progress *progress, struct census **ret, struct error *error)
{
        if (options->source == SCAN_SOURCE_PROCFS)
                return scan_by(s->procfs, options, ret, error);
        int r = scan_by_bpf(s, options, progress, ret, error);
        if (r != -EOPNOTSUPP)
                return r;
        if (options->source == SCAN_SOURCE_BPF)
                return error_set(error, EOPNOTSUPP, "BPF can not be used: %s", s->not_bpf.text);
        r = scan_by(s->procfs, options, ret, error);
        if (r >= 0)
                (void)snprintf((*ret)->not_bpf, sizeof((*ret)->not_bpf), "%.*s",
                               (int)sizeof((*ret)->not_bpf) - 1, s->not_bpf.text);
        return r;
}

int scanner_scan(struct scanner *s, const struct scan_options *options,
                 struct scan_progress *progress, struct census **ret, struct error *error)
{
        _cleanup_(census_freep) struct census *census = NULL;
        struct scan_progress unwatched = {};
        uint64_t start = clock_usec(CLOCK_MONOTONIC);

        if (!progress)
                progress = &unwatched;
        /* Names and owners are in /proc, whoever finds the holders. */
        int r = s->procfs->begin(s->procfs, options, progress, error);
        if (r >= 0)
                r = scan_by_any(s, options, progress, &census, error);
        if (r >= 0)
                r = s->procfs->describe(s->procfs, census, error);
        s->procfs->end(s->procfs, r >= 0 && strcmp(census->collector, s->procfs->name) == 0);
        if (r < 0)
                return r;
        census->duration_usec = clock_usec(CLOCK_MONOTONIC) - start;
        *ret = TAKE_PTR(census);
        return 0;
}
