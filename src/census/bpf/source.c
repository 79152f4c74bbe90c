/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "census/bpf/source.h"

#include <stdlib.h>
#include <time.h>

#include "census/bpf/canary.h"
#include "census/bpf/check.h"
#include "census/bpf/emit.h"
#include "census/bpf/reason.h"
#include "census/builder-judge.h"
#include "census/finish.h"
#include "proc/open.h"
#include "util/array.h"
#include "util/clock.h"
#include "util/compare.h"

/* A path that nothing shows is looked for again: so often, and so long after. */
#define PATH_LOOKS 3
#define PATH_NSEC  (5L * 1000000)

/* How often what we know to be there is looked at. */
#define CANARY_USEC (30 * 60 * USEC_PER_SEC)

struct bpf_source {
        struct source source; /* first */
        struct surveyor surveyor;
        struct survey survey;
        int proc_fd;
        struct visitors visitors;
        struct known_mounts mounts;
        const struct scan_options *options;
        struct scan_progress *progress;
        uint64_t begin_usec;  /* CLOCK_MONOTONIC, of this scan */
        uint64_t canary_usec; /* likewise, when it was tried last */
};

static void begin(struct bpf_source *s, const struct scan_options *options,
                  struct scan_progress *progress)
{
        s->options = options;
        s->progress = progress;
        s->begin_usec = clock_usec(CLOCK_MONOTONIC);
        surveyor_begin(&s->surveyor, options->frugal);
        surveyor_watch(&s->surveyor, progress);
}

/* A holder that is not checked yet. */
struct unchecked {
        struct tracked *of;
        struct found_holder *holder;
};

static int compare_unchecked(const void *a, const void *b)
{
        const struct unchecked *x = a, *y = b;

        int by_pid = compare_u64((uint64_t)x->holder->pid, (uint64_t)y->holder->pid);

        return by_pid ? by_pid : compare_u64((uintptr_t)x->holder, (uintptr_t)y->holder);
}

static int list_unchecked(const struct survey *survey, struct unchecked **ret, size_t *ret_n)
{
        _cleanup_free_ struct unchecked *list = NULL;
        size_t n = 0, room = 0;

        for (size_t i = 0; i < survey->n_tracked; i++) {
                struct tracked *t = &survey->tracked[i];
                for (size_t k = 0; k < MIN(t->n_holders, (size_t)CENSUS_LISTED_MAX); k++) {
                        if (t->holders[k].checked != CHECKED_NOT_YET)
                                continue;
                        if (!array_make_room(&list, n, &room, sizeof(*list)))
                                return -ENOMEM;
                        list[n++] = (struct unchecked){t, &t->holders[k]};
                }
        }
        if (n > 1)
                qsort(list, n, sizeof(*list), compare_unchecked);
        *ret = TAKE_PTR(list);
        *ret_n = n;
        return 0;
}

/* Checks what is not checked yet, process by process. 1 when something was found to be false, 0, or
 * -ENOMEM. */
static int check_all(struct bpf_source *s)
{
        _cleanup_free_ struct unchecked *list = NULL;
        struct checker checker;
        size_t n;
        int found = 0;

        int r = list_unchecked(&s->survey, &list, &n);
        if (r < 0)
                return r;
        checker_init(&checker);
        for (size_t i = 0; i < n; i++) {
                struct tracked *t = list[i].of;
                struct found_holder *h = list[i].holder;
                const struct look_net *ns = look_find(&s->survey.look, t->net);
                uint64_t start = clock_nsec(CLOCK_THREAD_CPUTIME_ID);
                if (!ns)
                        continue;
                scan_progress_at(s->progress, h->pid, SCAN_RECHECK);
                h->checked = checker_check(&checker, h, ns->record.inode, ns->record.cookie);
                memory_note(&s->surveyor.memory, t->cookie, h);
                if (h->checked == CHECKED_AND_FALSE) {
                        found = 1;
                        memory_forget(&s->surveyor.memory, t->cookie);
                }
                surveyor_charge(&s->surveyor, &s->survey, t,
                                clock_nsec(CLOCK_THREAD_CPUTIME_ID) - start);
        }
        checker_deinit(&checker);
        return found;
}

static int make_survey(struct bpf_source *s)
{
        survey_deinit(&s->survey);
        int r = surveyor_survey(&s->surveyor, !s->options->brief, &s->survey);
        /* A holder may have handed on what it had, just then. */
        if (r >= 0)
                r = check_all(s);
        if (r <= 0)
                return r;
        survey_deinit(&s->survey);
        r = surveyor_survey(&s->surveyor, !s->options->brief, &s->survey);
        if (r >= 0)
                r = check_all(s);
        return MIN(r, 0);
}

/* Whether there are paths that nothing shows. What is new of them is looked for anew: one path may
 * have come as another went. */
static bool forget_unseen_paths(struct bpf_source *s)
{
        bool any = false;

        for (size_t i = 0; i < s->survey.n_tracked; i++) {
                const struct tracked *t = &s->survey.tracked[i];
                if (!emit_lacks_path(&s->survey, t, &s->mounts))
                        continue;
                any = true;
                if (t->found_usec >= s->begin_usec)
                        memory_forget(&s->surveyor.memory, t->cookie);
        }
        return any;
}

/* Others that look into a namespace have a file of it for a moment; and a mount shows a moment
 * after it is counted. */
static int settle_paths(struct bpf_source *s)
{
        struct known_mounts *mounts = &s->mounts;

        known_mounts_begin(mounts);
        int r = emit_expect_mounts(&s->survey, mounts);
        for (unsigned i = 0; i < PATH_LOOKS && r >= 0 && forget_unseen_paths(s); i++) {
                (void)clock_nanosleep(CLOCK_MONOTONIC, 0, &(struct timespec){.tv_nsec = PATH_NSEC},
                                      NULL);
                r = make_survey(s);
                if (mounts->is_fresh && i == 0)
                        known_mounts_forget(mounts);
                if (r >= 0)
                        r = emit_expect_mounts(&s->survey, mounts);
        }
        return r;
}

/* The canary's own result, or that of the survey. -ENOTRECOVERABLE: not to be believed. */
static int try_canary(struct bpf_source *s)
{
        uint64_t now = clock_usec(CLOCK_MONOTONIC);

        if (s->canary_usec > 0 && now - s->canary_usec < CANARY_USEC)
                return 0;
        int r = canary_try(&s->surveyor.looker);
        s->canary_usec = now;
        if (r == 0)
                return -ENOTRECOVERABLE;
        return MIN(r, 0);
}

static int fail(int r, struct error *error)
{
        if (r == -ENOTRECOVERABLE)
                return error_set(error, -r, "what it says of a namespace of our own is wrong");
        return reason_explain(r, error);
}

static int make_whole_survey(struct bpf_source *s)
{
        scan_progress_at(s->progress, 0, SCAN_TASKS);
        int r = try_canary(s);
        if (r >= 0)
                r = make_survey(s);
        if (r >= 0)
                r = settle_paths(s);
        if (r >= 0 && !canary_sees_us(&s->survey))
                r = -ENOTRECOVERABLE;
        return r;
}

/* The list is the kernel's own. */
static enum netns_presence presence(const struct netns_identity *id, void *userdata)
{
        const struct look *look = &((struct bpf_source *)userdata)->survey.look;

        if (id->cookie == 0)
                return NETNS_PRESENCE_UNKNOWN;
        for (size_t i = 0; i < look->n_nets; i++)
                if (look->nets[i].record.cookie == id->cookie)
                        return NETNS_PRESENCE_THERE;
        return NETNS_PRESENCE_GONE;
}

static int make_census(struct bpf_source *s, struct census **ret)
{
        _cleanup_(builder_freep) struct builder *b = builder_new();

        if (!b)
                return -ENOMEM;
        int r = make_whole_survey(s);
        if (r >= 0)
                r = emit_survey(b, &s->surveyor, &s->survey, &s->mounts, s->options);
        if (r >= 0)
                r = builder_judge(b);
        if (r >= 0)
                r = finish_census(b, s->options, presence, s, ret);
        if (r < 0)
                return r;
        (*ret)->cookies = true;
        return 0;
}

static void end(struct bpf_source *s)
{
        survey_deinit(&s->survey);
        surveyor_watch(&s->surveyor, NULL);
}

static int source_scan(struct source *source, const struct scan_options *options,
                       struct scan_progress *progress, struct census **ret, struct error *error)
{
        struct bpf_source *s = (struct bpf_source *)source;

        begin(s, options, progress);
        int r = make_census(s, ret);
        end(s);
        return r < 0 ? fail(r, error) : 0;
}

static void source_free(struct source *source)
{
        struct bpf_source *s = (struct bpf_source *)source;

        survey_deinit(&s->survey);
        surveyor_deinit(&s->surveyor);
        visitors_deinit(&s->visitors);
        known_mounts_deinit(&s->mounts);
        fd_close(s->proc_fd);
        free(s);
}

int bpf_source_new(struct source **ret, struct error *reason)
{
        int r = reason_foresee(reason);
        if (r < 0)
                return r;
        struct bpf_source *s = calloc(1, sizeof(*s));
        if (!s)
                return error_oom(reason);
        s->source = (struct source){.name = "bpf", .scan = source_scan, .free = source_free};
        surveyor_init(&s->surveyor);
        s->surveyor.visitors = &s->visitors;
        s->proc_fd = proc_open();
        visitors_init(&s->visitors, s->proc_fd);
        r = surveyor_load(&s->surveyor);
        if (r < 0) {
                source_free(&s->source);
                return fail(r, reason);
        }
        *ret = &s->source;
        return 0;
}
