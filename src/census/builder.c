/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "census/builder.h"

#include <string.h>

#include "census/builder-table.h"
#include "census/verdict.h"
#include "util/array.h"
#include "util/text.h"

struct builder *builder_new(void)
{
        struct builder *b = calloc(1, sizeof(*b));

        if (b)
                unresolved_init(&b->unresolved);
        return b;
}

struct builder *builder_free(struct builder *b)
{
        if (!b)
                return NULL;
        while (b->entries)
                builder_table_remove(b, b->entries);
        unresolved_deinit(&b->unresolved);
        free(b->blind);
        free(b->visited);
        free(b->dying);
        free(b);
        return NULL;
}

struct coverage *builder_coverage(struct builder *b)
{
        return &b->coverage;
}

static void gap_add(struct coverage_count *to, uint64_t count, pid_t pid, int errnum)
{
        /* The lowest pid stands for all, so that the number of threads does not matter. */
        if (to->count == 0 || (pid && (!to->first_pid || pid < to->first_pid))) {
                to->first_pid = pid;
                to->first_errnum = errnum;
        }
        to->count += count;
}

static int add_blind(struct builder *b, pid_t pid, unsigned gaps)
{
        struct blind_process *last = b->n_blind > 0 ? &b->blind[b->n_blind - 1] : NULL;

        if (last && last->pid == pid) {
                last->gaps |= gaps;
                return 0;
        }
        if (!array_make_room(&b->blind, b->n_blind, &b->room_blind, sizeof(*b->blind)))
                return -ENOMEM;
        b->blind[b->n_blind++] = (struct blind_process){.pid = pid, .gaps = gaps};
        return 0;
}

void builder_gap(struct builder *b, enum coverage_gap gap, pid_t pid, int errnum)
{
        gap_add(&b->coverage.gaps[gap], 1, pid, abs(errnum));
        if (pid > 0 && add_blind(b, pid, 1u << gap) < 0)
                b->out_of_memory = true;
}

void builder_charge(struct builder *b, pid_t pid, uid_t uid)
{
        b->charged_pid = pid;
        b->charged_uid = uid;
}

/* What every holder that comes in goes through: whom it is charged to, and no name takes more than
 * its due. */
static void receive(const struct builder *b, struct holder *h)
{
        h->path = text_shorten(h->path);
        h->device = text_shorten(h->device);
        if (h->uid == UID_UNKNOWN && h->pid != 0 && h->pid == b->charged_pid)
                h->uid = b->charged_uid;
}

void builder_set_filter(struct builder *b, builder_filter_fn filter, void *userdata)
{
        b->filter = filter;
        b->filter_userdata = userdata;
}

bool builder_is_visited(const struct builder *b, const struct netns_identity *id)
{
        return builder_table_is_visited(b, id);
}

void builder_set_asker(struct builder *b, const struct builder_asker *asker)
{
        b->asker = *asker;
}

static bool is_ours(const struct builder *b, const struct netns_identity *id,
                    const struct holder *h)
{
        return b->filter && b->filter(id, h, b->filter_userdata);
}

int builder_emit(struct builder *b, const struct netns_identity *id, struct holder *h)
{
        if (is_ours(b, id, h)) {
                holder_clear(h);
                return builder_table_note_visited(b, id);
        }
        struct entry *e = builder_table_get(b, id);

        receive(b, h);
        if (!e) {
                holder_clear(h);
                return -ENOMEM;
        }
        e->ns.count[h->kind]++;
        e->ns.strays += h->home_inode > 0;
        if (h->carried == HOLDER_NSFS_FD)
                e->ns.nsfs_in_flight = true;
        return entry_list(e, h);
}

int builder_count(struct builder *b, const struct netns_identity *id, enum holder_kind kind,
                  uint64_t n)
{
        struct entry *e = builder_table_get(b, id);

        if (!e)
                return -ENOMEM;
        e->ns.count[kind] += n;
        return 0;
}

int builder_references(struct builder *b, const struct netns_identity *id,
                       const struct netns_references *references)
{
        struct entry *e = builder_table_get(b, id);

        if (!e)
                return -ENOMEM;
        e->ns.references = *references;
        e->ns.unseen_reference = references->has_unseen_path;
        e->ns.waits = references->waits;
        e->ns.witnessed = !references->waits;
        return 0;
}

bool builder_lists(struct builder *b, const struct netns_identity *id, struct holder *h)
{
        struct entry *e = builder_table_find(b, id);

        receive(b, h);
        return !e || entry_lists(e, h);
}

static void count_unlisted(pid_t pid, void *userdata)
{
        builder_gap(userdata, GAP_HOLDER_UNRESOLVED, pid, 0);
}

int builder_emit_unresolved(struct builder *b, struct holder *h)
{
        if (is_ours(b, NULL, h)) {
                holder_clear(h);
                return 0;
        }
        receive(b, h);
        int r = unresolved_add(&b->unresolved, h);
        if (r == 0)
                count_unlisted(h->pid, b);
        return MIN(r, 0);
}

int builder_cut(struct builder *b, enum coverage_gap gap, pid_t pid)
{
        builder_gap(b, gap, pid, 0);
        return unresolved_count_cut(&b->unresolved, pid,
                                    pid == b->charged_pid ? b->charged_uid : UID_UNKNOWN);
}

void builder_learn(struct builder *b, const struct netns_identity *id,
                   const struct netns_facts *facts)
{
        struct entry *e = builder_table_find(b, id);

        if (e)
                entry_learn(e, facts);
}

int builder_merge(struct builder *b, struct builder *from)
{
        struct coverage *c = &b->coverage, *f = &from->coverage;
        int r = 0;

        c->processes += f->processes;
        c->threads += f->threads;
        c->fds += f->fds;
        c->sockets += f->sockets;
        c->unreadable_processes += f->unreadable_processes;
        for (enum coverage_gap gap = 0; gap < _COVERAGE_GAP_MAX; gap++)
                if (f->gaps[gap].count > 0)
                        gap_add(&c->gaps[gap], f->gaps[gap].count, f->gaps[gap].first_pid,
                                f->gaps[gap].first_errnum);
        *f = (struct coverage){};

        for (struct entry *e = from->entries, *next; e; e = next) {
                next = e->hh.next;
                struct entry *to = builder_table_get(b, &e->ns.id);
                int k = to ? entry_absorb(to, e) : -ENOMEM;
                r = r < 0 ? r : k;
                builder_table_remove(from, e);
        }
        int merged = unresolved_merge(&b->unresolved, &from->unresolved, count_unlisted, b);
        r = r < 0 ? r : merged;
        for (size_t i = 0; i < from->n_blind; i++) {
                int k = add_blind(b, from->blind[i].pid, from->blind[i].gaps);
                r = r < 0 ? r : k;
        }
        from->n_blind = 0;
        for (size_t i = 0; i < from->n_visited; i++) {
                int k = builder_table_note_visited(b, &from->visited[i]);
                r = r < 0 ? r : k;
        }
        from->n_visited = 0;
        return from->out_of_memory ? -ENOMEM : r;
}

void builder_foreach(struct builder *b, void (*fn)(struct netns *ns, void *userdata),
                     void *userdata)
{
        for (struct entry *e = b->entries; e; e = e->hh.next)
                fn(&e->ns, userdata);
}

int builder_orphans(struct builder *b, struct netns ***ret, size_t *ret_n)
{
        struct netns **orphans = calloc(HASH_COUNT(b->entries) + 1, sizeof(*orphans));
        size_t n = 0;

        if (!orphans)
                return -ENOMEM;
        for (struct entry *e = b->entries; e; e = e->hh.next)
                if (e->ns.verdict == VERDICT_ORPHANED)
                        orphans[n++] = &e->ns;
        *ret = orphans;
        *ret_n = n;
        return 0;
}

struct holder *builder_unresolved(struct builder *b, size_t *ret_n)
{
        *ret_n = b->unresolved.n;
        return b->unresolved.holders;
}

int builder_resolve(struct builder *b, size_t i, const struct netns_identity *id)
{
        struct holder h = unresolved_take(&b->unresolved, i);

        return builder_emit(b, id, &h);
}

void builder_drop(struct builder *b, size_t i)
{
        struct holder h = unresolved_take(&b->unresolved, i);

        holder_clear(&h);
}

enum verdict builder_verdict(struct builder *b, const struct netns_identity *id)
{
        const struct entry *e = builder_table_find(b, id);

        return e ? verdict_of(&e->ns) : VERDICT_ORPHANED;
}

int builder_dying(struct builder *b, const struct netns_identity *id)
{
        if (!array_make_room(&b->dying, b->n_dying, &b->room_dying, sizeof(*b->dying)))
                return -ENOMEM;
        b->dying[b->n_dying++] = *id;
        return 0;
}

static int blind_compare(const void *a, const void *b)
{
        const struct blind_process *x = a, *y = b;
        return x->pid < y->pid ? -1 : x->pid > y->pid;
}

/* Hands over the blind processes; one that was noted twice becomes one. */
static void finish_blind(struct builder *b, struct census *census)
{
        size_t n = 0;

        if (b->n_blind > 0)
                qsort(b->blind, b->n_blind, sizeof(*b->blind), blind_compare);
        for (size_t i = 0; i < b->n_blind; i++)
                if (n > 0 && b->blind[n - 1].pid == b->blind[i].pid)
                        b->blind[n - 1].gaps |= b->blind[i].gaps;
                else
                        b->blind[n++] = b->blind[i];
        census->blind = TAKE_PTR(b->blind);
        census->n_blind = n;
        b->n_blind = b->room_blind = 0;
}

int builder_finish(struct builder *b, struct census *census)
{
        if (b->out_of_memory)
                return -ENOMEM;
        HASH_SORT(b->entries, entry_compare);
        census->namespaces = calloc(HASH_COUNT(b->entries) + 1, sizeof(*census->namespaces));
        if (!census->namespaces)
                return -ENOMEM;
        for (struct entry *e = b->entries, *next; e; e = next) {
                next = e->hh.next;
                struct netns *ns = &census->namespaces[census->n_namespaces++];
                *ns = e->ns;
                e->ns.holders = NULL;
                e->ns.n_holders = 0;
                if (ns->n_holders > 1)
                        qsort(ns->holders, ns->n_holders, sizeof(*ns->holders), holder_compare);
                builder_table_remove(b, e);
        }
        for (size_t i = 0; i < b->unresolved.n; i++)
                if (b->unresolved.holders[i].kind != HOLDER_NONE)
                        builder_gap(b, GAP_HOLDER_UNRESOLVED, b->unresolved.holders[i].pid, 0);
        b->coverage.unresolved_holders = b->coverage.gaps[GAP_HOLDER_UNRESOLVED].count;
        census->coverage = b->coverage;
        finish_blind(b, census);
        census->visited = TAKE_PTR(b->visited);
        census->n_visited = b->n_visited;
        b->n_visited = b->room_visited = 0;
        census->dying = TAKE_PTR(b->dying);
        census->n_dying = b->n_dying;
        b->n_dying = b->room_dying = 0;
        return unresolved_finish(&b->unresolved, census);
}
