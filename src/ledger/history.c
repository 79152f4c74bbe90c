/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ledger/history.h"

#include <string.h>

#include "util/array.h"
#include "util/compare.h"
#include "util/text.h"

static int compare_ids(const struct netns_identity *a, const struct netns_identity *b)
{
        int r = compare_u64(a->inode, b->inode);

        return r ? r : compare_u64(a->cookie, b->cookie);
}

static int compare_entries(const void *a, const void *b)
{
        const struct history_entry *x = a, *y = b;

        return compare_ids(&x->id, &y->id);
}

static struct history_entry *find(const struct history *h, const struct netns_identity *id)
{
        const struct history_entry key = {.id = *id};

        return h->n == 0 ? NULL : bsearch(&key, h->entries, h->n, sizeof(key), compare_entries);
}

void history_facts_clear(struct history_facts *f)
{
        free(f->manager);
        free(f->container);
        free(f->name);
        free(f->pod);
        free(f->unit);
        free(f->command);
        *f = (struct history_facts){};
}

bool history_facts_known(const struct history_facts *f)
{
        return f->command || f->unit || f->container || f->pod;
}

static char *copy(const char *s, bool *failed)
{
        char *made = s ? strdup(s) : NULL;

        *failed = *failed || (s && !made);
        return made;
}

int history_facts_copy(struct history_facts *ret, const struct history_facts *from)
{
        bool failed = false;

        *ret = (struct history_facts){
                .manager = copy(from->manager, &failed),
                .container = copy(from->container, &failed),
                .name = copy(from->name, &failed),
                .pod = copy(from->pod, &failed),
                .unit = copy(from->unit, &failed),
                .command = copy(from->command, &failed),
                .claimed = from->claimed,
        };
        if (failed)
                history_facts_clear(ret);
        return failed ? -ENOMEM : 0;
}

void history_deinit(struct history *h)
{
        for (size_t i = 0; i < h->n; i++)
                history_facts_clear(&h->entries[i].facts);
        free(h->entries);
        *h = (struct history){};
}

static bool has_room(const struct history *h, uid_t uid)
{
        size_t own = 0;

        if (h->n >= HISTORY_MAX)
                return false;
        if (uid == 0)
                return true;
        for (size_t i = 0; i < h->n; i++)
                own += h->entries[i].uid == uid;
        return own < HISTORY_EACH_MAX;
}

/* Behind the others; the caller sorts. */
static int append(struct history *h, const struct history_entry *e)
{
        if (!has_room(h, e->uid))
                return -ENOSPC;
        if (!array_make_room(&h->entries, h->n, &h->room, sizeof(*e)))
                return -ENOMEM;
        h->entries[h->n++] = *e;
        return 0;
}

static void sort(struct history *h)
{
        if (h->n > 0)
                qsort(h->entries, h->n, sizeof(*h->entries), compare_entries);
}

/* One of the tasks in @ns; 0 where none is listed. Tasks come first. */
static pid_t task_in(const struct netns *ns)
{
        return ns->n_holders > 0 && ns->holders[0].kind == HOLDER_TASK ? ns->holders[0].pid : 0;
}

/* A task is in @ns: that of @e, or (NULL) a new one. Whether one was added. */
static bool see_attached(struct history *h, struct history_entry *e, const struct netns *ns,
                         uint64_t now_usec)
{
        if (!e) {
                struct history_entry new = {
                        .id = ns->id,
                        .uid = ns->charged_uid,
                        .task = task_in(ns),
                        .first_seen_usec = now_usec,
                        .last_seen_usec = now_usec,
                        .attached = true,
                        .present = true,
                };
                int r = append(h, &new);
                h->refused += r == -ENOSPC;
                return r >= 0;
        }
        if (!e->noted)
                e->task = task_in(ns);
        e->last_seen_usec = now_usec;
        e->attached = true;
        return false;
}

/* No task is in that of @e. Whether one was. */
static bool see_left(struct history_entry *e)
{
        bool left = e->attached;

        e->attached = false;
        e->task = 0;
        return left;
}

/* Drops what no census and nobody else has any more. */
static bool forget(struct history *h, bool (*keep)(const struct netns_identity *id, void *userdata),
                   void *userdata)
{
        size_t n = 0;

        for (size_t i = 0; i < h->n; i++)
                if (h->entries[i].present || keep(&h->entries[i].id, userdata))
                        h->entries[n++] = h->entries[i];
                else
                        history_facts_clear(&h->entries[i].facts);
        bool dropped = n < h->n;
        h->n = n;
        return dropped;
}

bool history_update(struct history *h, const struct census *census, uint64_t now_usec,
                    bool (*keep)(const struct netns_identity *id, void *userdata), void *userdata)
{
        /* What this census adds stands behind the sorted ones, and comes once. */
        const size_t n_known = h->n;
        bool changed = false;

        for (size_t i = 0; i < n_known; i++)
                h->entries[i].present = !census->coverage.tasks_complete;
        for (size_t i = 0; i < census->n_namespaces; i++) {
                const struct netns *ns = &census->namespaces[i];
                if (netns_is_nameless(&ns->id))
                        continue;
                const struct history known = {.entries = h->entries, .n = n_known};
                struct history_entry *e = find(&known, &ns->id);
                if (e)
                        e->present = true;
                if (ns->verdict == VERDICT_ATTACHED)
                        changed |= see_attached(h, e, ns, now_usec);
                else if (e)
                        changed |= see_left(e);
        }
        changed |= forget(h, keep, userdata);
        sort(h);
        return changed;
}

const struct history_entry *history_next(const struct history *h, const struct history_entry *after)
{
        for (size_t i = after ? (size_t)(after - h->entries) + 1 : 0; i < h->n; i++)
                if (!h->entries[i].noted && h->entries[i].task > 0)
                        return &h->entries[i];
        return NULL;
}

void history_note(struct history *h, const struct netns_identity *id, struct history_facts *facts)
{
        struct history_entry *e = find(h, id);

        if (!e || e->noted || !history_facts_known(facts)) {
                if (e)
                        e->task = 0;
                history_facts_clear(facts);
                return;
        }
        facts->manager = text_shorten(facts->manager);
        facts->container = text_shorten(facts->container);
        facts->name = text_shorten(facts->name);
        facts->pod = text_shorten(facts->pod);
        facts->unit = text_shorten(facts->unit);
        facts->command = text_shorten(facts->command);
        e->facts = *facts;
        e->noted = true;
        *facts = (struct history_facts){};
}

const struct history_entry *history_find(const struct history *h, const struct netns_identity *id)
{
        const struct history_entry *e = find(h, id);

        return e && e->noted ? e : NULL;
}

int history_load(struct history *h, struct history_entry *entry)
{
        if (h->n > 0 && compare_entries(&h->entries[h->n - 1], entry) >= 0)
                return -EBADMSG;
        int r = append(h, entry);
        if (r >= 0)
                entry->facts = (struct history_facts){};
        return r;
}
