/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "census/compare.h"

#include "util/array.h"

static const char *const kind_names[_COMPARE_KIND_MAX] = {
        [COMPARE_ONLY_BPF] = "only_bpf",
        [COMPARE_ONLY_PROCFS] = "only_procfs",
        [COMPARE_IDENTITY] = "identity",
        [COMPARE_VERDICT] = "verdict",
        [COMPARE_HOLDER_ONLY_BPF] = "holder_only_bpf",
        [COMPARE_HOLDER_ONLY_PROCFS] = "holder_only_procfs",
};

const char *compare_kind_to_string(enum compare_kind kind)
{
        return kind < _COMPARE_KIND_MAX ? kind_names[kind] : NULL;
}

struct comparing {
        const struct census *bpf, *procfs;
        struct comparison *result;
        size_t room;
        const struct netns **unmatched; /* by BPF, of which procfs has no namespace with a name */
        size_t n_unmatched;
};

/* By inode number; else by cookie: that those clash is a disagreement of its own. */
static const struct netns *find(const struct census *c, const struct netns_identity *id)
{
        const struct netns *found = census_search(c, id);

        return found ? found : census_find(c, id);
}

static int disagree(struct comparing *c, const struct disagreement *d)
{
        struct comparison *to = c->result;

        if (!array_make_room(&to->list, to->n, &c->room, sizeof(*to->list)))
                return -ENOMEM;
        to->list[to->n++] = *d;
        return 0;
}

/* A difference that counts unless it is @explained. */
static int differ(struct comparing *c, bool explained, const struct disagreement *d)
{
        if (!explained)
                return disagree(c, d);
        c->result->explained++;
        return 0;
}

static bool lists_all(const struct netns *ns)
{
        return ns->n_holders == netns_holder_count(ns);
}

/* Whether @procfs has one of these gaps of that process. */
static bool is_blind(const struct census *procfs, pid_t pid, unsigned gaps)
{
        for (size_t i = 0; i < procfs->n_blind; i++)
                if (procfs->blind[i].pid == pid)
                        return (procfs->blind[i].gaps & gaps) != 0;
        return false;
}

/* Through which its tasks can have gone unseen. */
#define BLIND_TO_TASKS (1U << GAP_TASK_UNPROVEN | 1U << GAP_PROCESS_SKIPPED)
#define BLIND_AT_ALL   (~0U)

static bool has_gap(const struct census *c, enum coverage_gap gap)
{
        return c->coverage.gaps[gap].count > 0;
}

/* The kinds that /proc shows with their namespace, of every process that it shows. */
static bool is_shown(const struct holder *h, const struct census *procfs)
{
        switch (h->kind) {
        case HOLDER_NSFS_FD:
        case HOLDER_SOCKET:
        case HOLDER_TUN:
                return true;
        case HOLDER_NSFS_MOUNT:
                return !has_gap(procfs, GAP_MOUNTS_UNREADABLE);
        default:
                return false;
        }
}

static bool is_same_namespace_file(const struct holder *a, const struct holder *b)
{
        return a->kind == b->kind && (a->kind == HOLDER_NSFS_FD || a->kind == HOLDER_NSFS_MOUNT);
}

/* Whether both are one reference of the kernel's, as far as it shows, on a namespace that both are
 * holders of. A file that several processes share is listed of one, or of each. */
static bool is_same_holder(const struct holder *a, const struct holder *b)
{
        if (a->socket_inode && b->socket_inode)
                return a->socket_inode == b->socket_inode;
        if (a->file_inode && b->file_inode)
                return a->file_inode == b->file_inode;
        if (is_same_namespace_file(a, b))
                return true;
        if (a->fd >= 0 && b->fd >= 0)
                return a->fd == b->fd && (a->pid == b->pid || a->kind == b->kind);
        return a->kind == b->kind && a->pid == b->pid;
}

static bool has_holder(const struct holder *holders, size_t n, const struct holder *sought)
{
        for (size_t i = 0; i < n; i++)
                if (is_same_holder(&holders[i], sought))
                        return true;
        return false;
}

static bool is_unresolved(const struct census *procfs, const struct holder *sought)
{
        for (size_t i = 0; i < procfs->n_unresolved; i++)
                if (procfs->unresolved[i].pid == sought->pid &&
                    is_same_holder(&procfs->unresolved[i], sought))
                        return true;
        return false;
}

/* Whether a walk over /proc must have come across @h, which BPF names. What it did not see of
 * another process is no reason. */
static bool must_be_seen(const struct comparing *c, const struct holder *h)
{
        if (h->pid <= 0 || census_is_young(c->procfs, h) || has_gap(c->procfs, GAP_PID_NAMESPACE) ||
            has_gap(c->procfs, GAP_HIDDEN_PROCESSES) || has_gap(c->procfs, GAP_UNSETTLED))
                return false;
        if (h->kind == HOLDER_TASK)
                return !is_blind(c->procfs, h->pid, BLIND_TO_TASKS);
        return is_shown(h, c->procfs) && !has_gap(c->procfs, GAP_FAULT) &&
               !is_blind(c->procfs, h->pid, BLIND_AT_ALL) && !is_unresolved(c->procfs, h);
}

/* What both have. */

/* A task can only be moved by root of the namespace it is moved to. */
static bool is_of_user(const struct netns *ns)
{
        if (ns->has_owner && ns->charged_uid != 0)
                return true;
        for (size_t i = 0; i < ns->n_holders; i++) {
                const struct holder *h = &ns->holders[i];
                if (h->kind != HOLDER_TASK && h->uid != 0 && h->uid != UID_UNKNOWN)
                        return true;
        }
        return false;
}

static struct disagreement disagreement_of(enum compare_kind kind, const struct netns *ns,
                                           const struct netns *other)
{
        return (struct disagreement){.kind = kind,
                                     .id = ns->id,
                                     .other = other ? other->id : (struct netns_identity){},
                                     .bpf = ns->verdict,
                                     .procfs = (other ? other : ns)->verdict,
                                     .fd = -1,
                                     .by_user = is_of_user(ns) || (other && is_of_user(other))};
}

static int differ_in_holder(struct comparing *c, bool explained, enum compare_kind kind,
                            const struct netns *bpf, const struct netns *procfs,
                            const struct holder *h)
{
        struct disagreement d = disagreement_of(kind, bpf, procfs);

        d.holder = h->kind;
        d.pid = h->pid;
        d.fd = h->fd;
        return differ(c, explained, &d);
}

/* Of a namespace that a task is in, BPF looks for no other holder. */
static int compare_holders(struct comparing *c, const struct netns *bpf, const struct netns *procfs)
{
        bool accounted = bpf->references.known && lists_all(bpf) &&
                         bpf->references.explained == bpf->references.counted;
        int r = 0;

        if (bpf->verdict == VERDICT_ATTACHED || procfs->verdict == VERDICT_ATTACHED)
                return 0;
        for (size_t i = 0; i < bpf->n_holders && r >= 0; i++) {
                const struct holder *h = &bpf->holders[i];
                if (!has_holder(procfs->holders, procfs->n_holders, h))
                        r = differ_in_holder(c, !lists_all(procfs) || !must_be_seen(c, h),
                                             COMPARE_HOLDER_ONLY_BPF, bpf, procfs, h);
        }
        for (size_t i = 0; i < procfs->n_holders && r >= 0; i++) {
                const struct holder *h = &procfs->holders[i];
                if (!has_holder(bpf->holders, bpf->n_holders, h))
                        r = differ_in_holder(c, !accounted || census_is_young(c->bpf, h),
                                             COMPARE_HOLDER_ONLY_PROCFS, bpf, procfs, h);
        }
        return r;
}

/* Whether a task that makes all the difference must have been seen. */
static bool misses_task(const struct comparing *c, const struct netns *bpf,
                        const struct netns *procfs)
{
        if (bpf->verdict != VERDICT_ATTACHED || procfs->disputed)
                return false;
        for (size_t i = 0; i < bpf->n_holders; i++)
                if (bpf->holders[i].kind == HOLDER_TASK && must_be_seen(c, &bpf->holders[i]))
                        return true;
        return false;
}

static int compare_both(struct comparing *c, const struct netns *bpf, const struct netns *procfs)
{
        struct disagreement d = disagreement_of(COMPARE_IDENTITY, bpf, procfs);

        c->result->compared++;
        if (bpf->id.inode && procfs->id.inode && bpf->id.inode != procfs->id.inode)
                return disagree(c, &d);
        d.kind = COMPARE_VERDICT;
        if (bpf->verdict != procfs->verdict) {
                bool explained = bpf->partial || census_is_all_young(c->bpf, procfs) ||
                                 census_is_all_young(c->procfs, bpf) ||
                                 (procfs->partial && !misses_task(c, bpf, procfs));
                return differ(c, explained, &d);
        }
        return compare_holders(c, bpf, procfs);
}

/* What one of them has not. */

static int compare_only_procfs(struct comparing *c, const struct netns *ns)
{
        const struct netns *same =
                ns->id.inode
                        ? census_search(c->bpf, &(struct netns_identity){.inode = ns->id.inode})
                        : NULL;
        struct disagreement d = disagreement_of(same ? COMPARE_IDENTITY : COMPARE_ONLY_PROCFS,
                                                same ? same : ns, same ? ns : NULL);

        return differ(c, ns->disputed || census_is_all_young(c->bpf, ns), &d);
}

static int compare_only_bpf(struct comparing *c, const struct netns *ns)
{
        struct disagreement d = disagreement_of(COMPARE_ONLY_BPF, ns, NULL);

        /* The other way round it is told of. */
        if (census_search(c->procfs, &(struct netns_identity){.inode = ns->id.inode}))
                return 0;
        for (size_t i = 0; i < ns->n_holders; i++)
                if (must_be_seen(c, &ns->holders[i])) {
                        d.holder = ns->holders[i].kind;
                        d.pid = ns->holders[i].pid;
                        d.fd = ns->holders[i].fd;
                        return disagree(c, &d);
                }
        bool unlisted = ns->verdict == VERDICT_ATTACHED && ns->n_holders == 0;
        return differ(c, !unlisted || !c->procfs->coverage.tasks_complete, &d);
}

/* Whether the file that a nameless namespace is known by is one of the holders of @ns. */
static bool is_known_by(const struct netns *ns, const struct nameless *n)
{
        for (size_t i = 0; i < ns->n_holders; i++) {
                const struct holder *h = &ns->holders[i];
                if (h->kind == n->kind &&
                    n->file_inode == (h->file_inode ? h->file_inode : h->socket_inode))
                        return true;
        }
        return false;
}

/* One that procfs proves to exist and cannot name: that of its file is among those it has not. */
static int compare_nameless(struct comparing *c, const struct netns *ns)
{
        for (size_t i = 0; i < c->n_unmatched; i++) {
                const struct netns *bpf = c->unmatched[i];
                if (!bpf || !is_known_by(bpf, &ns->id.nameless))
                        continue;
                struct disagreement d = disagreement_of(COMPARE_VERDICT, bpf, ns);
                c->unmatched[i] = NULL;
                c->result->compared++;
                return bpf->verdict == ns->verdict ? 0 : differ(c, ns->partial, &d);
        }
        struct disagreement d = disagreement_of(COMPARE_ONLY_PROCFS, ns, NULL);
        return differ(c,
                      ns->partial || has_gap(c->bpf, GAP_UNEXPLAINED) ||
                              census_is_all_young(c->bpf, ns),
                      &d);
}

static int compare_all(struct comparing *c)
{
        int r = 0;

        for (size_t i = 0; i < c->bpf->n_namespaces && r >= 0; i++) {
                const struct netns *bpf = &c->bpf->namespaces[i];
                const struct netns *procfs = find(c->procfs, &bpf->id);
                if (procfs)
                        r = compare_both(c, bpf, procfs);
                else
                        c->unmatched[c->n_unmatched++] = bpf;
        }
        for (size_t i = 0; i < c->procfs->n_namespaces && r >= 0; i++) {
                const struct netns *ns = &c->procfs->namespaces[i];
                if (netns_is_nameless(&ns->id))
                        r = compare_nameless(c, ns);
                else if (!find(c->bpf, &ns->id))
                        r = compare_only_procfs(c, ns);
        }
        for (size_t i = 0; i < c->n_unmatched && r >= 0; i++)
                if (c->unmatched[i])
                        r = compare_only_bpf(c, c->unmatched[i]);
        return r;
}

int compare_censuses(const struct census *bpf, const struct census *procfs, struct comparison **ret)
{
        _cleanup_(compare_freep) struct comparison *result = calloc(1, sizeof(*result));
        _cleanup_free_ const struct netns **unmatched =
                calloc(bpf->n_namespaces + 1, sizeof(const struct netns *));
        struct comparing c = {
                .bpf = bpf, .procfs = procfs, .result = result, .unmatched = unmatched};

        if (!result || !unmatched || compare_all(&c) < 0)
                return -ENOMEM;
        *ret = TAKE_PTR(result);
        return 0;
}

struct comparison *compare_free(struct comparison *c)
{
        if (c)
                free(c->list);
        free(c);
        return NULL;
}

static bool is_same_disagreement(const struct disagreement *a, const struct disagreement *b)
{
        return a->kind == b->kind && a->bpf == b->bpf && a->procfs == b->procfs &&
               a->holder == b->holder && a->pid == b->pid && a->fd == b->fd &&
               netns_identity_equal(&a->id, &b->id);
}

void compare_leave_users_out(struct comparison *c)
{
        size_t n = 0;

        for (size_t i = 0; i < c->n; i++)
                if (!c->list[i].by_user)
                        c->list[n++] = c->list[i];
        c->explained += c->n - n;
        c->n = n;
}

void compare_keep(struct comparison *c, const struct comparison *earlier)
{
        size_t n = 0;

        for (size_t i = 0; i < c->n; i++) {
                bool again = false;
                for (size_t j = 0; j < earlier->n && !again; j++)
                        again = is_same_disagreement(&c->list[i], &earlier->list[j]);
                if (again)
                        c->list[n++] = c->list[i];
        }
        c->explained += c->n - n;
        c->n = n;
}
