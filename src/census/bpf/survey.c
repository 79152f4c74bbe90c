/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "census/bpf/survey.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "util/clock.h"

/* A namespace has a reference before its first task is in it, and a task may just be leaving: so
 * what is newly without one is looked at again. That takes no 2 ms, unless its maker waits for a
 * CPU. */
#define AGAIN_NSEC      (2L * 1000000)
#define AGAIN_LATE_NSEC (20L * 1000000)
/* Holders move without any count changing: from one process to another. */
#define REMEMBER_USEC (60 * USEC_PER_SEC)

static void untrack(struct survey *s)
{
        for (size_t i = 0; i < s->n_tracked; i++)
                tracked_clear(&s->tracked[i]);
        free(s->tracked);
        s->tracked = NULL;
        s->n_tracked = 0;
}

void survey_deinit(struct survey *s)
{
        untrack(s);
        look_deinit(&s->look);
        *s = (struct survey){};
}

static int compare_tracked(const void *a, const void *b)
{
        const struct tracked *x = a, *y = b;

        return (x->net > y->net) - (x->net < y->net);
}

const struct tracked *survey_find(const struct survey *s, uint64_t net)
{
        struct tracked key = {.net = net};

        if (s->n_tracked == 0)
                return NULL;
        return bsearch(&key, s->tracked, s->n_tracked, sizeof(*s->tracked), compare_tracked);
}

void surveyor_init(struct surveyor *s)
{
        *s = (struct surveyor){};
        looker_init(&s->looker);
        finder_init(&s->finder);
        search_budget_init(&s->budget, clock_nsec(CLOCK_MONOTONIC));
}

void surveyor_deinit(struct surveyor *s)
{
        memory_deinit(&s->memory);
        known_owners_deinit(&s->owners);
        search_budget_deinit(&s->budget);
        looker_deinit(&s->looker);
        finder_deinit(&s->finder);
}

void surveyor_watch(struct surveyor *s, struct scan_progress *progress)
{
        s->looker.namespaces.progress = s->looker.tasks.progress = progress;
        for (enum phase_name name = PHASE_FILES; name < _PHASE_MAX; name++)
                s->finder.phases[name].progress = progress;
}

int surveyor_load(struct surveyor *s)
{
        return looker_load(&s->looker);
}

void surveyor_begin(struct surveyor *s, bool is_frugal)
{
        s->is_frugal = is_frugal;
        search_budget_begin(&s->budget, clock_nsec(CLOCK_MONOTONIC));
}

static void pause_for(long nsec)
{
        (void)clock_nanosleep(CLOCK_MONOTONIC, 0, &(struct timespec){.tv_nsec = nsec}, NULL);
}

static bool has_new_suspect(struct surveyor *s, const struct look *look)
{
        for (size_t i = 0; i < look->n_nets; i++)
                if (look->nets[i].verdict == VERDICT_ORPHANED &&
                    !memory_find(&s->memory, look->nets[i].record.cookie))
                        return true;
        return false;
}

static int track(const struct surveyor *s, struct survey *survey)
{
        const struct look *look = &survey->look;

        survey->tracked = calloc(MAX(look->n_nets, (size_t)1), sizeof(*survey->tracked));
        if (!survey->tracked)
                return -ENOMEM;
        for (size_t i = 0; i < look->n_nets; i++) {
                const struct look_net *ns = &look->nets[i];
                if (ns->verdict == VERDICT_ATTACHED)
                        continue;
                const struct tracked *before = memory_find(&s->memory, ns->record.cookie);
                survey->tracked[survey->n_tracked++] = (struct tracked){
                        .net = ns->record.net,
                        .cookie = ns->record.cookie,
                        .nsfs_inode = ns->record.nsfs_inode,
                        .proxies = ns->proxies,
                        .counted = (uint64_t)MAX(ns->record.count, 0),
                        .paths = (unsigned)MAX(ns->record.paths, 0),
                        .was_orphaned = before && before->was_orphaned,
                };
        }
        return 0;
}

/* The share of @t, NULL where nobody is limited. 0 or -ENOMEM. */
static int share_of(struct surveyor *s, const struct survey *survey, const struct tracked *t,
                    struct search_share **ret)
{
        char name[FAIR_SHARE_NAME_MAX];
        const struct look_net *ns = look_find(&survey->look, t->net);

        *ret = NULL;
        if (!s->is_frugal || !ns)
                return 0;
        *ret = search_budget_ask(&s->budget, known_owners_share(&s->owners, ns, name));
        return *ret ? 0 : -ENOMEM;
}

void surveyor_charge(struct surveyor *s, const struct survey *survey, const struct tracked *t,
                     uint64_t nsec)
{
        struct search_share *share;

        if (share_of(s, survey, t, &share) >= 0 && share)
                search_budget_charge(&s->budget, share, nsec);
}

static void swap(struct tracked *a, struct tracked *b)
{
        struct tracked was = *a;

        *a = *b;
        *b = was;
}

/* Where nothing is known of @t with the counts that it has now. */
static int wait_with(struct surveyor *s, struct tracked *t)
{
        const struct tracked *before = memory_find(&s->memory, t->cookie);

        return tracked_wait(t, before && before->found_usec > 0 ? before : NULL);
}

/* Fills in what is known, of those that may not be looked for now also where that is old; the rest
 * of them wait. What is to be looked for is at the end then; returns how many come before, or
 * -ENOMEM. */
static int sort_out(struct surveyor *s, struct survey *survey, uint64_t now)
{
        int done = 0;

        for (size_t i = 0; i < survey->n_tracked; i++) {
                struct tracked *t = &survey->tracked[i];
                const struct tracked *known = memory_recall(&s->memory, t);
                struct search_share *share;

                int r = share_of(s, survey, t, &share);
                if (r < 0)
                        return r;
                bool may_search = !share || share->is_admitted;
                if (may_search && !(known && now - known->found_usec < REMEMBER_USEC))
                        continue;
                r = known ? tracked_copy(t, known) : wait_with(s, t);
                if (r < 0)
                        return r;
                swap(t, &survey->tracked[done++]);
        }
        return done;
}

static int find(struct surveyor *s, struct survey *survey, struct tracked *first, size_t n)
{
        uint64_t before = s->finder.walk_nsec;

        survey->searched = true;
        int r = finder_find(&s->finder, first, n);
        uint64_t spent = s->finder.walk_nsec - before;
        for (size_t i = 0; i < n; i++)
                surveyor_charge(s, survey, &first[i], spent / n);
        return r;
}

static int search(struct surveyor *s, struct survey *survey)
{
        uint64_t now = clock_usec(CLOCK_MONOTONIC);

        int r = track(s, survey);
        if (r < 0)
                return r;
        int done = sort_out(s, survey, now);
        if (done < 0)
                return done;
        size_t rest = survey->n_tracked - (size_t)done;
        if (rest > 0)
                r = find(s, survey, survey->tracked + done, rest);
        for (size_t i = (size_t)done; i < survey->n_tracked; i++)
                survey->tracked[i].found_usec = now;
        if (r >= 0 && survey->n_tracked > 1)
                qsort(survey->tracked, survey->n_tracked, sizeof(*survey->tracked),
                      compare_tracked);
        return r;
}

static bool visits(const struct look_net *ns, pid_t pid, void *userdata)
{
        return visitors_has(userdata, pid, ns->record.inode, ns->record.cookie);
}

static int look_once(struct surveyor *s, bool list_tasks, struct look *look)
{
        int r = looker_look(&s->looker, list_tasks || s->visitors || s->is_frugal, look);

        if (r >= 0 && s->visitors) {
                visitors_refresh(s->visitors);
                looker_leave_out(&s->looker, look, visits, s->visitors);
        }
        if (r >= 0 && s->is_frugal)
                r = known_owners_update(&s->owners, &s->looker, look);
        return r;
}

static int look_again(struct surveyor *s, bool list_tasks, struct survey *survey, long nsec)
{
        pause_for(nsec);
        survey->looks++;
        return look_once(s, list_tasks, &survey->look);
}

/* A namespace of which a count has moved while holders were looked for, so that they do not add up
 * to it. The kernel may also count what is nowhere to be found: that is looked for twice once. */
static bool is_off(const struct surveyor *s, const struct survey *survey, const struct tracked *t)
{
        const struct look_net *ns = look_find(&survey->look, t->net);

        if (t->waits || memory_find(&s->memory, t->cookie))
                return false;
        return !ns || ns->verdict == VERDICT_ATTACHED || t->explained != t->counted ||
               (uint64_t)ns->record.count != t->counted;
}

/* Marks what is to be looked for a second time: a reference may have come, gone or moved. */
static bool mark_off(struct surveyor *s, struct survey *survey)
{
        bool any = false;

        for (size_t i = 0; i < survey->n_tracked; i++) {
                struct tracked *t = &survey->tracked[i];
                if (!is_off(s, survey, t))
                        continue;
                t->found_usec = 0;
                any = true;
        }
        return any;
}

int surveyor_survey(struct surveyor *s, bool list_tasks, struct survey *survey)
{
        survey->looks = 1;
        int r = look_once(s, list_tasks, &survey->look);
        if (r >= 0 && has_new_suspect(s, &survey->look))
                r = look_again(s, list_tasks, survey, AGAIN_NSEC);
        if (r >= 0)
                r = search(s, survey);
        bool again = r >= 0 && survey->searched && mark_off(s, survey);
        if (r >= 0)
                r = memory_keep(&s->memory, survey->tracked, survey->n_tracked);
        if (r < 0 || !again)
                return r;
        untrack(survey);
        r = look_again(s, list_tasks, survey, AGAIN_LATE_NSEC);
        if (r >= 0)
                r = search(s, survey);
        return r < 0 ? r : memory_keep(&s->memory, survey->tracked, survey->n_tracked);
}
