/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "census/bpf/finder.h"

#include <string.h>

#include "util/clock.h"

/* A queue in a queue in a queue: each step is a walk over all sockets and files. */
#define LEVELS_MAX 8

struct search {
        struct finder *finder;
        struct tracked *tracked;
        size_t n;
        struct records records;
        struct owners owners;
        uint64_t load_nsec;
};

void finder_init(struct finder *f)
{
        *f = (struct finder){};
        for (enum phase_name name = PHASE_FILES; name < _PHASE_MAX; name++)
                phase_init(&f->phases[name], name);
}

void finder_deinit(struct finder *f)
{
        for (enum phase_name name = PHASE_FILES; name < _PHASE_MAX; name++)
                phase_deinit(&f->phases[name]);
}

/* The namespaces that are pending still, or the sockets whose owner is not known. */
static int want(struct search *s, struct phase *p, bool sockets)
{
        int r = 0;

        phase_forget(p);
        *p->words.want_sockets = sockets;
        for (size_t i = 0; i < s->n && !sockets && r >= 0; i++)
                if (tracked_is_pending(&s->tracked[i]))
                        r = phase_want(p, HOLDERS_WANTED, s->tracked[i].net);
        for (size_t i = 0; i < s->owners.n && sockets && r >= 0; i++)
                if (s->owners.items[i].start_nsec == 0 && s->owners.items[i].parent == 0)
                        r = phase_want(p, HOLDERS_WANTED, s->owners.items[i].socket);
        return r;
}

/* Loading a program is done once. */
static int load(struct search *s, struct phase *p)
{
        uint64_t start = clock_nsec(CLOCK_THREAD_CPUTIME_ID);
        int r = phase_load(p);

        s->load_nsec += clock_nsec(CLOCK_THREAD_CPUTIME_ID) - start;
        return r;
}

static int walk(struct search *s, enum phase_name name, bool sockets, struct records *records)
{
        struct phase *p = &s->finder->phases[name];
        bool is_last = false;
        int r = load(s, p);

        while (r >= 0) {
                r = want(s, p, sockets);
                if (r >= 0)
                        r = phase_walk(p);
                if (r != -ENOBUFS)
                        break;
                if (is_last) {
                        r = 0; /* what there was room for: the rest is not accounted for */
                        break;
                }
                r = phase_grow(p);
                if (r == -E2BIG) {
                        is_last = true;
                        r = phase_load(p);
                }
        }
        if (r < 0)
                return r;
        s->finder->walks++;
        if (name == PHASE_FILES)
                s->finder->n_files = *p->words.n_files;
        return records_add(records, p->maps[HOLDERS_RECORDS].memory, phase_records(p));
}

/* Whether anything is pending after what is known now; negative on error. */
static int account(struct search *s)
{
        bool pending = false;

        records_sort(&s->records);
        for (size_t i = 0; i < s->n; i++) {
                int r = tracked_account(&s->tracked[i], &s->records, &s->owners);
                if (r < 0)
                        return r;
                pending = pending || tracked_is_pending(&s->tracked[i]);
        }
        return pending;
}

static int add_owners(struct search *s)
{
        for (size_t i = 0; i < s->records.n; i++) {
                const struct holder_record *r = &s->records.items[i];
                bool matters = r->where == WHERE_IN_FLIGHT || r->where == WHERE_BACKLOG ||
                               (r->where == WHERE_PEER && r->dead);
                if (r->net && r->owner && matters) {
                        int k = owners_add(&s->owners, r->owner);
                        if (k < 0)
                                return k;
                }
        }
        return 0;
}

/* How many owners are neither in an fd table nor in a queue, as far as is known. */
static size_t count_unknown(const struct search *s)
{
        size_t n = 0;

        for (size_t i = 0; i < s->owners.n; i++)
                n += s->owners.items[i].start_nsec == 0 && s->owners.items[i].parent == 0;
        return n;
}

static int ask_for_fds(struct search *s)
{
        _cleanup_(records_deinit) struct records records = {};
        int r = walk(s, PHASE_FILES, true, &records);

        for (size_t i = 0; i < records.n && r >= 0; i++) {
                const struct holder_record *h = &records.items[i];
                struct owner *o = owners_find(&s->owners, h->object);
                if (!o || o->start_nsec || h->start_nsec == 0)
                        continue;
                o->tgid = h->tgid;
                o->tid = h->tid;
                o->fd = h->fd;
                o->start_nsec = h->start_nsec;
                o->looks = h->looks;
        }
        return r;
}

/* Sockets that have no fd may themselves be in flight, or not accepted yet. */
static int ask_for_queues(struct search *s)
{
        _cleanup_(records_deinit) struct records records = {};
        int r = walk(s, PHASE_UNIX, true, &records);

        for (size_t i = 0; i < records.n && r >= 0; i++) {
                const struct holder_record *h = &records.items[i];
                struct owner *o = owners_find(&s->owners, h->object);
                if (!o || o->start_nsec || o->parent ||
                    (h->where != WHERE_IN_FLIGHT && h->where != WHERE_BACKLOG))
                        continue;
                o->parent = h->owner;
                r = owners_add(&s->owners, h->owner);
        }
        return r;
}

static int find_owners(struct search *s)
{
        int r = add_owners(s);

        for (unsigned level = 0; level < LEVELS_MAX && r >= 0; level++) {
                size_t before = count_unknown(s);
                if (before == 0)
                        break;
                r = ask_for_fds(s);
                if (r < 0 || count_unknown(s) == 0)
                        break;
                r = ask_for_queues(s);
        }
        return r;
}

static void note_capped(struct search *s)
{
        for (size_t i = 0; i < s->n; i++)
                s->tracked[i].capped = s->tracked[i].n_holders >= RECORDS_EACH_MAX;
}

int finder_find(struct finder *f, struct tracked *tracked, size_t n)
{
        uint64_t start = clock_nsec(CLOCK_THREAD_CPUTIME_ID);
        static const enum phase_name later[] = {PHASE_UNIX, PHASE_INET, PHASE_LINKS, PHASE_MOUNTS};
        struct search s = {.finder = f, .tracked = tracked, .n = n};

        f->walks = 0;
        int r = account(&s);
        if (r > 0)
                r = walk(&s, PHASE_FILES, false, &s.records);
        if (r >= 0)
                r = account(&s);
        for (size_t i = 0; i < ARRAY_SIZE(later) && r > 0; i++) {
                r = walk(&s, later[i], false, &s.records);
                if (r >= 0)
                        r = account(&s);
        }
        if (r >= 0)
                r = find_owners(&s);
        if (r >= 0)
                r = account(&s);
        if (r >= 0)
                note_capped(&s);
        records_deinit(&s.records);
        owners_deinit(&s.owners);
        f->walk_nsec += clock_nsec(CLOCK_THREAD_CPUTIME_ID) - start - s.load_nsec;
        return MIN(r, 0);
}
