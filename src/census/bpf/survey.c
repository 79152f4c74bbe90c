/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "census/bpf/survey.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "util/clock.h"

/* A namespace has a reference before its first task is in it, and a task may just be leaving: so
 * what is newly without one is looked at again. That takes no 2 ms, unless whoever makes it waits
 * for a CPU. */
#define AGAIN_NSEC      (2L * 1000000)
#define AGAIN_LATE_NSEC (20L * 1000000)
/* Holders move without any count changing: from one process to another. */
#define REMEMBER_USEC (60 * USEC_PER_SEC)

struct remembered {
        struct tracked tracked; /* its address is not used */
        uint64_t cookie;
        uint64_t found_usec; /* CLOCK_MONOTONIC */
};

void survey_deinit(struct survey *s)
{
        for (size_t i = 0; i < s->n_tracked; i++)
                tracked_clear(&s->tracked[i]);
        free(s->tracked);
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
}

static void forget_all(struct surveyor *s)
{
        for (size_t i = 0; i < s->n_remembered; i++)
                tracked_clear(&s->remembered[i].tracked);
        free(s->remembered);
        s->remembered = NULL;
        s->n_remembered = 0;
}

void surveyor_deinit(struct surveyor *s)
{
        forget_all(s);
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

static int compare_remembered(const void *a, const void *b)
{
        const struct remembered *x = a, *y = b;

        return (x->cookie > y->cookie) - (x->cookie < y->cookie);
}

static struct remembered *recall(struct surveyor *s, uint64_t cookie)
{
        const struct remembered key = {.cookie = cookie};

        if (s->n_remembered == 0)
                return NULL;
        return bsearch(&key, s->remembered, s->n_remembered, sizeof(key), compare_remembered);
}

void surveyor_forget(struct surveyor *s, uint64_t cookie)
{
        struct remembered *r = recall(s, cookie);

        if (r)
                r->found_usec = 0;
}

void surveyor_note(struct surveyor *s, uint64_t cookie, const struct found_holder *h)
{
        struct remembered *r = recall(s, cookie);

        for (size_t i = 0; r && i < r->tracked.n_holders; i++) {
                struct found_holder *o = &r->tracked.holders[i];
                if (o->object == h->object && o->kind == h->kind && o->pid == h->pid &&
                    o->fd == h->fd)
                        o->checked = h->checked;
        }
}

static void pause_for(long nsec)
{
        (void)clock_nanosleep(CLOCK_MONOTONIC, 0, &(struct timespec){.tv_nsec = nsec}, NULL);
}

static bool has_new_suspect(struct surveyor *s, const struct look *look)
{
        for (size_t i = 0; i < look->n_nets; i++)
                if (look->nets[i].verdict == VERDICT_ORPHANED &&
                    !recall(s, look->nets[i].record.cookie))
                        return true;
        return false;
}

static int track(struct survey *survey)
{
        const struct look *look = &survey->look;

        survey->tracked = calloc(MAX(look->n_nets, (size_t)1), sizeof(*survey->tracked));
        if (!survey->tracked)
                return -ENOMEM;
        for (size_t i = 0; i < look->n_nets; i++) {
                const struct look_net *ns = &look->nets[i];
                if (ns->verdict == VERDICT_ATTACHED)
                        continue;
                survey->tracked[survey->n_tracked++] = (struct tracked){
                        .net = ns->record.net,
                        .nsfs_inode = ns->record.nsfs_inode,
                        .proxies = ns->proxies,
                        .counted = (uint64_t)MAX(ns->record.count, 0),
                        .paths = (unsigned)MAX(ns->record.paths, 0),
                };
        }
        return 0;
}

static void untrack(struct survey *survey)
{
        for (size_t i = 0; i < survey->n_tracked; i++)
                tracked_clear(&survey->tracked[i]);
        free(survey->tracked);
        survey->tracked = NULL;
        survey->n_tracked = 0;
}

static uint64_t cookie_of(const struct survey *survey, const struct tracked *t)
{
        const struct look_net *ns = look_find(&survey->look, t->net);

        return ns ? ns->record.cookie : 0;
}

/* The same namespace with the same counts, and that not too long ago. */
static bool still_holds(const struct remembered *m, const struct tracked *t, uint64_t now)
{
        return m && m->found_usec > 0 && now - m->found_usec < REMEMBER_USEC &&
               m->tracked.net == t->net && m->tracked.counted == t->counted &&
               m->tracked.paths == t->paths && m->tracked.nsfs_inode == t->nsfs_inode;
}

static int copy_found(struct tracked *to, const struct tracked *from)
{
        struct found_holder *holders = calloc(MAX(from->n_holders, (size_t)1), sizeof(*holders));

        if (!holders)
                return -ENOMEM;
        if (from->n_holders > 0)
                memcpy(holders, from->holders, from->n_holders * sizeof(*holders));
        *to = *from;
        to->holders = holders;
        to->room = MAX(from->n_holders, (size_t)1);
        return 0;
}

/* Brings what is remembered to the front of @survey's list; returns how many, or -ENOMEM. */
static int recall_all(struct surveyor *s, struct survey *survey, uint64_t now)
{
        int known = 0;

        for (size_t i = 0; i < survey->n_tracked; i++) {
                struct tracked t = survey->tracked[i];
                struct remembered *m = recall(s, cookie_of(survey, &t));
                if (!still_holds(m, &t, now))
                        continue;
                int r = copy_found(&t, &m->tracked);
                if (r < 0)
                        return r;
                survey->tracked[i] = survey->tracked[known];
                survey->tracked[known++] = t;
        }
        return known;
}

static int remember_all(struct surveyor *s, const struct survey *survey, uint64_t now)
{
        size_t n = survey->n_tracked;
        struct remembered *list = calloc(MAX(n, (size_t)1), sizeof(*list));

        if (!list)
                return -ENOMEM;
        for (size_t i = 0; i < n; i++) {
                const struct tracked *t = &survey->tracked[i];
                uint64_t cookie = cookie_of(survey, t);
                const struct remembered *before = recall(s, cookie);
                bool kept = still_holds(before, t, now);

                list[i].cookie = cookie;
                list[i].found_usec = kept ? before->found_usec : now;
                if (copy_found(&list[i].tracked, t) < 0) {
                        while (i-- > 0)
                                tracked_clear(&list[i].tracked);
                        free(list);
                        return -ENOMEM;
                }
        }
        forget_all(s);
        if (n > 1)
                qsort(list, n, sizeof(*list), compare_remembered);
        s->remembered = list;
        s->n_remembered = n;
        return 0;
}

/* Whether a count has moved while holders were looked for, so that they do not add up to it. */
static bool is_off(const struct survey *survey, const struct tracked *t)
{
        const struct look_net *ns = look_find(&survey->look, t->net);

        return !ns || ns->verdict == VERDICT_ATTACHED || t->explained != t->counted ||
               (uint64_t)ns->record.count != t->counted;
}

static int search(struct surveyor *s, struct survey *survey)
{
        uint64_t now = clock_usec(CLOCK_MONOTONIC);

        int r = track(survey);
        if (r < 0)
                return r;
        int known = recall_all(s, survey, now);
        if (known < 0)
                return known;
        size_t rest = survey->n_tracked - (size_t)known;
        if (rest > 0) {
                survey->searched = true;
                r = finder_find(&s->finder, survey->tracked + known, rest);
        }
        if (r >= 0 && survey->n_tracked > 1)
                qsort(survey->tracked, survey->n_tracked, sizeof(*survey->tracked),
                      compare_tracked);
        return r;
}

static bool visits(const struct look_net *ns, pid_t pid, void *userdata)
{
        struct surveyor *s = userdata;

        return s->visits(pid, ns->record.inode, ns->record.cookie, s->visits_userdata);
}

static int look_once(struct surveyor *s, bool list_tasks, struct look *look)
{
        int r = looker_look(&s->looker, list_tasks || s->visits, look);

        if (r >= 0 && s->visits)
                looker_leave_out(&s->looker, look, visits, s);
        return r;
}

static int look_again(struct surveyor *s, bool list_tasks, struct survey *survey, long nsec)
{
        pause_for(nsec);
        survey->looks++;
        return look_once(s, list_tasks, &survey->look);
}

/* What does not add up is looked for a second time: a reference may have come, gone or moved. */
static bool must_search_again(struct surveyor *s, const struct survey *survey)
{
        for (size_t i = 0; i < survey->n_tracked; i++) {
                const struct tracked *t = &survey->tracked[i];
                if (is_off(survey, t) && !recall(s, cookie_of(survey, t)))
                        return true;
        }
        return false;
}

int surveyor_survey(struct surveyor *s, bool list_tasks, struct survey *survey)
{
        survey->looks = 1;
        int r = look_once(s, list_tasks, &survey->look);
        if (r >= 0 && has_new_suspect(s, &survey->look))
                r = look_again(s, list_tasks, survey, AGAIN_NSEC);
        if (r >= 0)
                r = search(s, survey);
        if (r >= 0 && survey->searched && must_search_again(s, survey)) {
                untrack(survey);
                r = look_again(s, list_tasks, survey, AGAIN_LATE_NSEC);
                if (r >= 0)
                        r = search(s, survey);
        }
        return r < 0 ? r : remember_all(s, survey, clock_usec(CLOCK_MONOTONIC));
}
