/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "census/scan.h"

#include <stdio.h>

#include "census/describe.h"
#include "census/procfs/look.h"
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
        free(s);
        return NULL;
}

/* How often in a row lists may change too fast to be followed: whoever makes them change so cannot
 * end it for good by a moment's work. */
#define UNFINISHED_MAX 3

/* What has failed once is left alone: half an answer now and then would be worse than the other
 * source's. */
static int give_up_bpf(struct scan *s, int errnum, const struct error *reason)
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
        if (r == -ENOMEM)
                return error_oom(error);
        if (r == -ECANCELED)
                return error_set(error, ECANCELED, "The scan was cancelled");
        if (r < 0)
                return give_up_bpf(s, r, &reason);
        s->bpf_unfinished = 0;
        (*ret)->collector = s->bpf->name;
        return 0;
}

static int scan_by_procfs(struct scan *s, const struct scan_options *options,
                          struct scan_progress *progress, struct census **ret, struct error *error)
{
        int r = s->procfs->scan(s->procfs, options, progress, ret, error);

        if (r >= 0)
                (*ret)->collector = s->procfs->name;
        return r;
}

static int scan_by_any(struct scan *s, const struct scan_options *options,
                       struct scan_progress *progress, struct census **ret, struct error *error)
{
        if (options->source == SCAN_SOURCE_PROCFS)
                return scan_by_procfs(s, options, progress, ret, error);
        int r = scan_by_bpf(s, options, progress, ret, error);
        if (r != -EOPNOTSUPP)
                return r;
        if (options->source == SCAN_SOURCE_BPF)
                return error_set(error, EOPNOTSUPP, "BPF can not be used: %s", s->not_bpf.text);
        r = scan_by_procfs(s, options, progress, ret, error);
        if (r >= 0)
                (void)snprintf((*ret)->not_bpf, sizeof((*ret)->not_bpf), "%.*s",
                               (int)sizeof((*ret)->not_bpf) - 1, s->not_bpf.text);
        return r;
}

static int describe(struct scan *s, const struct scan_options *options,
                    struct scan_progress *progress, struct census *census, struct error *error)
{
        int r = describe_census(census, s->proc_fd, options, progress);

        if (r == -ECANCELED)
                return error_set(error, ECANCELED, "The scan was cancelled");
        return r < 0 ? error_oom(error) : 0;
}

int scan_make(struct scan *s, const struct scan_options *options, struct scan_progress *progress,
              struct census **ret, struct error *error)
{
        _cleanup_(census_freep) struct census *census = NULL;
        uint64_t start_usec = clock_usec(CLOCK_REALTIME);
        uint64_t start_boottime_usec = clock_usec(CLOCK_BOOTTIME);
        uint64_t start = clock_usec(CLOCK_MONOTONIC);
        struct scan_progress unwatched = {};

        if (!progress)
                progress = &unwatched;
        int r = scan_by_any(s, options, progress, &census, error);
        if (r >= 0) {
                census->start_usec = start_usec;
                census->start_boottime_usec = start_boottime_usec;
                r = describe(s, options, progress, census, error);
        }
        atomic_store(&progress->step, SCAN_IDLE);
        atomic_store(&progress->pid, 0);
        if (r < 0)
                return r;
        census->duration_usec = clock_usec(CLOCK_MONOTONIC) - start;
        *ret = TAKE_PTR(census);
        return 0;
}
