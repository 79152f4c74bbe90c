/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "census/scan.h"

#include <stdio.h>

#include "census/bpf/source.h"
#include "census/cross-check.h"
#include "census/describe.h"
#include "census/procfs/look.h"
#include "census/procfs/procfs.h"
#include "census/teller.h"
#include "netns/mark.h"
#include "proc/open.h"
#include "util/clock.h"
#include "util/fork-server.h"
#include "util/kernel.h"

struct scan {
        struct scan_sources sources;
        struct source *procfs;
        struct source *bpf;      /* loaded when it is first asked for */
        bool bpf_failed;         /* for good */
        unsigned bpf_unfinished; /* scans in a row that did not come to their end */
        struct error not_bpf;    /* why */
        int proc_fd;
        struct described described;
};

/* What such a child holds is as little a holder as what we hold. */
static void child_main(int socket_fd)
{
        (void)mark_set();
        look_main(socket_fd);
}

int scan_fork_server(struct fork_server **ret, struct error *error)
{
        return fork_server_new(ret, child_main, error);
}

int scan_new_with(struct scan **ret, const struct scan_sources *sources, struct error *error)
{
        _cleanup_(scan_freep) struct scan *s = calloc(1, sizeof(*s));

        if (!s)
                return error_oom(error);
        s->sources = *sources;
        s->proc_fd = proc_open();
        if (s->proc_fd < 0)
                return error_set_errno(error, s->proc_fd, "Failed to open /proc");
        int r = s->sources.procfs(&s->procfs, error);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(s);
        return 0;
}

int scan_new(struct scan **ret, struct error *error)
{
        static const struct scan_sources sources = {procfs_source_new, bpf_source_new};

        int r = kernel_require(error);
        return r < 0 ? r : scan_new_with(ret, &sources, error);
}

struct scan *scan_free(struct scan *s)
{
        if (!s)
                return NULL;
        if (s->bpf)
                s->bpf->free(s->bpf);
        if (s->procfs)
                s->procfs->free(s->procfs);
        fd_close(s->proc_fd);
        described_deinit(&s->described);
        free(s);
        return NULL;
}

/* How often in a row lists may change too fast to be followed, or the kernel be short of memory for
 * a map: what makes them so for a moment cannot end it for good. */
#define UNFINISHED_MAX 3

static void drop_bpf(struct scan *s)
{
        if (s->bpf)
                s->bpf->free(s->bpf);
        s->bpf = NULL;
        s->bpf_failed = true;
}

/* What has failed once is left alone: half an answer now and then would be worse than the other
 * source's. */
static int give_up_bpf(struct scan *s, int errnum, const struct error *reason)
{
        s->not_bpf = *reason;
        bool may_pass = errnum == -EAGAIN || errnum == -ETIMEDOUT || errnum == -ENOMEM;

        if (may_pass && ++s->bpf_unfinished < UNFINISHED_MAX)
                return -EOPNOTSUPP;
        drop_bpf(s);
        return -EOPNOTSUPP;
}

/* By BPF: 0, -EOPNOTSUPP when it cannot be used, or another negative errno. */
static int scan_by_bpf(struct scan *s, const struct scan_options *options,
                       struct scan_progress *progress, struct census **ret, struct error *error)
{
        struct error reason = {};
        int r = 0;

        if (s->bpf_failed)
                return -EOPNOTSUPP;
        if (!s->bpf)
                r = s->sources.bpf(&s->bpf, &reason);
        if (r >= 0)
                r = s->bpf->scan(s->bpf, options, progress, ret, &reason);
        if (r == -ECANCELED)
                return error_set(error, ECANCELED, "The scan was cancelled");
        if (r < 0)
                return give_up_bpf(s, r, &reason);
        s->bpf_unfinished = 0;
        (*ret)->source = s->bpf->name;
        return 0;
}

static int scan_by_procfs(struct scan *s, const struct scan_options *options,
                          struct scan_progress *progress, struct census **ret, struct error *error)
{
        int r = s->procfs ? 0 : s->sources.procfs(&s->procfs, error);

        if (r >= 0)
                r = s->procfs->scan(s->procfs, options, progress, ret, error);
        if (r >= 0)
                (*ret)->source = s->procfs->name;
        return r;
}

/* By procfs, for BPF cannot be used, or is not to be. */
static int scan_without_bpf(struct scan *s, const struct scan_options *options,
                            struct scan_progress *progress, const char *why, struct census **ret,
                            struct error *error)
{
        int r = scan_by_procfs(s, options, progress, ret, error);

        if (r >= 0)
                (void)snprintf((*ret)->not_bpf, sizeof((*ret)->not_bpf), "%.*s",
                               (int)sizeof((*ret)->not_bpf) - 1, why);
        return r;
}

static int scan_by_any(struct scan *s, const struct scan_options *options,
                       struct scan_progress *progress, struct census **ret, struct error *error)
{
        if (options->source == SCAN_SOURCE_PROCFS)
                return scan_by_procfs(s, options, progress, ret, error);
        if (options->not_bpf) {
                drop_bpf(s);
                return scan_without_bpf(s, options, progress, options->not_bpf, ret, error);
        }
        int r = scan_by_bpf(s, options, progress, ret, error);
        if (r != -EOPNOTSUPP)
                return r;
        if (options->source == SCAN_SOURCE_BPF)
                return error_set(error, EOPNOTSUPP, "Failed to scan by BPF: %s", s->not_bpf.text);
        return scan_without_bpf(s, options, progress, s->not_bpf.text, ret, error);
}

static int describe(struct scan *s, const struct scan_options *options,
                    struct scan_progress *progress, struct census *census, struct error *error)
{
        int r = describe_census(census, &s->described, s->proc_fd, options, progress);

        if (r == -ECANCELED)
                return error_set(error, ECANCELED, "The scan was cancelled");
        return r < 0 ? error_oom(error) : 0;
}

/* One census, by @options alone. */
static int make_one(struct scan *s, const struct scan_options *options,
                    struct scan_progress *progress, struct census **ret, struct error *error)
{
        _cleanup_(census_freep) struct census *census = NULL;
        uint64_t start_usec = clock_usec(CLOCK_REALTIME);
        uint64_t start_boottime_usec = clock_usec(CLOCK_BOOTTIME);
        uint64_t start = clock_usec(CLOCK_MONOTONIC);

        int r = scan_by_any(s, options, progress, &census, error);
        if (r >= 0) {
                census->start_usec = start_usec;
                census->start_boottime_usec = start_boottime_usec;
                r = describe(s, options, progress, census, error);
        }
        if (r < 0)
                return r;
        census->duration_usec = clock_usec(CLOCK_MONOTONIC) - start;
        *ret = TAKE_PTR(census);
        return 0;
}

struct checked_scan {
        struct scan *scan;
        struct scan_options options;
        struct scan_progress *progress;
};

/* What is just coming to its end is given a moment before BPF is asked again. */
#define CHECK_PAUSE_USEC (1 * USEC_PER_SEC)

static int look(enum scan_source source, void *userdata, struct census **ret, struct error *error)
{
        struct checked_scan *c = userdata;

        if (source == SCAN_SOURCE_BPF)
                (void)usleep(CHECK_PAUSE_USEC);
        c->options.source = source;
        return make_one(c->scan, &c->options, c->progress, ret, error);
}

/* Of a walk now and then nothing is kept, as long as BPF is asked. */
static int check(struct scan *s, const struct scan_options *options, struct scan_progress *progress,
                 struct census **census, struct error *error)
{
        struct checked_scan c = {s, *options, progress};

        int r = cross_check(census, look, &c, error);
        if (r >= 0 && (*census)->check.disagreements > 0) {
                (void)error_set(&s->not_bpf, EOPNOTSUPP, "%s", (*census)->not_bpf);
                drop_bpf(s);
        }
        if (s->procfs && !s->bpf_failed) {
                s->procfs->free(s->procfs);
                s->procfs = NULL;
        }
        return r;
}

int scan_make(struct scan *s, const struct scan_options *options, struct scan_progress *progress,
              struct census **ret, struct error *error)
{
        _cleanup_(census_freep) struct census *census = NULL;
        struct scan_progress unwatched = {};

        if (!progress)
                progress = &unwatched;
        int r = make_one(s, options, progress, &census, error);
        if (r >= 0 && options->cross_check && census_is_by_bpf(census))
                r = check(s, options, progress, &census, error);
        if (r >= 0 && options->teller)
                options->teller->tell(options->teller, census, options, progress);
        atomic_store(&progress->step, SCAN_IDLE);
        atomic_store(&progress->pid, 0);
        if (r >= 0)
                *ret = TAKE_PTR(census);
        return r;
}
