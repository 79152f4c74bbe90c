/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "census/bpf/emit.h"

#include <string.h>

#include "census/bpf/check.h"
#include "census/bpf/detail.h"
#include "census/bpf/strays.h"
#include "util/array.h"

struct emission {
        struct builder *builder;
        struct surveyor *surveyor;
        const struct survey *survey;
        struct details details;
        struct known_mounts *mounts;
        const struct scan_options *options;
        struct strays strays; /* where they are wanted */
};

static struct netns_identity identity_of(const struct look_net *ns)
{
        return (struct netns_identity){.inode = ns->record.inode, .cookie = ns->record.cookie};
}

/* Of a task or a holder: whether it @looks, or visits. */
static bool is_looker(const struct emission *e, const struct look_net *ns, bool looks, pid_t pid)
{
        const struct visitors *v = e->surveyor->visitors;

        return v &&
               (looks || (pid > 0 && visitors_has(v, pid, ns->record.inode, ns->record.cookie)));
}

static int emit_task(const struct look_net *ns, const struct task_record *task, void *userdata)
{
        struct emission *e = userdata;

        if (ns->lookers > 0 && is_looker(e, ns, task->looks, task->tgid))
                return 0;
        struct netns_identity id = identity_of(ns);
        struct holder h = HOLDER_OF(task->tgid, task->tid, -1);

        h.kind = HOLDER_TASK;
        h.start_nsec = task->start_nsec;
        h.home_inode = strays_home(&e->strays, ns, task);
        return builder_emit(e->builder, &id, &h);
}

/* Whether the inode of what was found is a socket's; that of an anonymous file is everybody's. */
static bool is_of_socket(const struct found_holder *f)
{
        switch (f->kind) {
        case HOLDER_SOCKET:
        case HOLDER_SOCKET_MAPPING:
        case HOLDER_SOCKET_BACKLOG:
        case HOLDER_SOCKET_CLOSING:
        case HOLDER_SOCKET_PEER:
                return true;
        case HOLDER_SOCKET_IN_FLIGHT:
        case HOLDER_IO_URING_FILE:
        case HOLDER_IO_URING_REQUEST:
                return f->carried == HOLDER_NONE || f->carried == HOLDER_SOCKET;
        default:
                return false;
        }
}

static struct holder holder_of(const struct found_holder *f)
{
        struct holder h = HOLDER_OF(f->pid, f->tid, f->pid > 0 ? f->fd : -1);

        h.kind = f->kind;
        h.carried = f->carried;
        h.start_nsec = f->start_nsec;
        h.depth = f->kind == HOLDER_SOCKET_IN_FLIGHT ? f->depth : 0;
        h.family = f->family;
        h.type = f->type;
        h.protocol = f->protocol;
        h.socket_cookie = f->cookie;
        if (f->kind == HOLDER_PROC_NET_FILE)
                h.file_inode = f->inode;
        else if (is_of_socket(f))
                h.socket_inode = f->inode;
        return h;
}

static int emit_holders(struct emission *e, const struct look_net *ns, const struct tracked *t)
{
        struct netns_identity id = identity_of(ns);
        int r = 0;

        for (size_t i = 0; i < t->n_holders && r >= 0; i++) {
                const struct found_holder *f = &t->holders[i];
                struct holder h = holder_of(f);

                if (f->checked == CHECKED_AND_FALSE || is_looker(e, ns, f->looks, f->pid))
                        continue;
                h.checked = true;
                h.verified = f->checked == CHECKED_AND_TRUE;
                h.unverified = check_reason(f->checked);
                if (builder_lists(e->builder, &id, &h))
                        r = detail_fill(&e->details, &h);
                if (r >= 0)
                        r = builder_emit(e->builder, &id, &h);
        }
        return r;
}

static bool is_file(const struct found_holder *h)
{
        return h->kind == HOLDER_NSFS_FD || h->carried == HOLDER_NSFS_FD;
}

static bool has_file(const struct tracked *t)
{
        for (size_t i = 0; i < t->n_holders; i++)
                if (is_file(&t->holders[i]) && !t->holders[i].looks)
                        return true;
        return false;
}

/* Whether an nsfs file was where it is no longer: it has moved on, and the kernel counts it still.
 * One of nsorphan, which had opened it, has closed it. */
static bool has_lost_file(const struct emission *e, const struct look_net *ns,
                          const struct tracked *t)
{
        for (size_t i = 0; i < t->n_holders; i++) {
                const struct found_holder *h = &t->holders[i];
                if (is_file(h) && h->checked == CHECKED_AND_FALSE &&
                    !is_looker(e, ns, h->looks, h->pid))
                        return true;
        }
        return false;
}

int emit_expect_mounts(const struct survey *survey, struct known_mounts *mounts)
{
        _cleanup_free_ struct mount_need *needs = NULL;
        size_t n = 0, room = 0;

        for (size_t i = 0; i < survey->n_tracked; i++) {
                const struct tracked *t = &survey->tracked[i];
                if (t->mounts == 0)
                        continue;
                if (!array_make_room(&needs, n, &room, sizeof(*needs)))
                        return -ENOMEM;
                needs[n++] = (struct mount_need){t->cookie, t->mounts};
        }
        return known_mounts_expect(mounts, needs, n);
}

bool emit_lacks_path(const struct survey *survey, const struct tracked *t,
                     struct known_mounts *mounts)
{
        const struct look_net *ns = look_find(&survey->look, t->net);

        return ns && t->mounts > 0 && !t->waits && !has_file(t) &&
               !known_mounts_get(mounts, ns->record.inode, 0);
}

static int emit_mounts(struct emission *e, const struct look_net *ns, const struct tracked *t)
{
        struct netns_identity id = identity_of(ns);
        unsigned left = t->mounts;
        unsigned copies = left > 0 ? known_mounts_copies(e->mounts, ns->record.inode) : 0;
        left -= MIN(copies, left > 0 ? left - 1 : 0);
        unsigned listed = MIN(left, (unsigned)CENSUS_LISTED_MAX);
        int r = 0;

        /* One that nothing shows may be detached, or in a mount namespace that no process is in. */
        for (unsigned i = 0; i < listed && r >= 0; i++) {
                const struct known_mount *mount = known_mounts_get(e->mounts, ns->record.inode, i);
                struct holder h = HOLDER_OF(mount ? mount->pid : 0, mount ? mount->pid : 0, -1);
                h.kind = HOLDER_NSFS_MOUNT;
                h.mntns = mount ? mount->mntns : 0;
                h.path = mount ? strdup(mount->path) : NULL;
                if (mount && !h.path)
                        return -ENOMEM;
                r = builder_emit(e->builder, &id, &h);
        }
        return r < 0 ? r : builder_count(e->builder, &id, HOLDER_NSFS_MOUNT, left - listed);
}

/* What a holder explained that turned out not to be one is explained by nothing. What nsorphan
 * itself has there for a moment is not counted at all. */
static struct netns_references count_references(const struct emission *e, const struct look_net *ns,
                                                const struct tracked *t)
{
        bool unseen = t->unsought > 0 || has_lost_file(e, ns, t);
        struct netns_references n = {.known = true,
                                     .counted = t->counted,
                                     .explained = MIN(t->explained, t->counted),
                                     .has_unseen_path = unseen && !t->was_orphaned,
                                     .waits = t->unsought > 0,
                                     .unsought = t->waits};
        uint64_t ours = ns->lookers > 0 ? MIN((uint64_t)ns->proxies, n.explained) : 0;

        for (size_t i = 0; i < t->n_holders && n.explained > ours; i++) {
                const struct found_holder *h = &t->holders[i];
                bool is_one = t->n_holders == 1 || (i > 0 && h[-1].object != h->object) ||
                              (i == 0 && h[1].object != h->object);
                n.explained -= h->checked == CHECKED_AND_FALSE;
                ours += is_one && is_looker(e, ns, h->looks, h->pid);
        }
        n.counted -= ours;
        n.explained -= MIN(ours, n.explained);
        return n;
}

static int emit_tracked(struct emission *e, const struct look_net *ns, const struct tracked *t)
{
        struct netns_identity id = identity_of(ns);
        struct netns_references references = count_references(e, ns, t);
        uint64_t left = references.counted - references.explained;

        int r = emit_holders(e, ns, t);
        if (r >= 0)
                r = emit_mounts(e, ns, t);
        if (r >= 0)
                r = builder_references(e->builder, &id, &references);
        if (r < 0)
                return r;
        memory_note_verdict(&e->surveyor->memory, t->cookie,
                            builder_verdict(e->builder, &id) == VERDICT_ORPHANED);
        for (uint64_t i = 0; i < (t->waits ? MAX(left, (uint64_t)t->unsought) : left); i++)
                builder_gap(e->builder, t->waits ? GAP_NOT_LOOKED_AT : GAP_UNEXPLAINED, 0, 0);
        return left > 0 ? builder_count(e->builder, &id, HOLDER_UNEXPLAINED, left) : 0;
}

static int emit_namespace(struct emission *e, const struct look_net *ns)
{
        const struct tracked *t = survey_find(e->survey, ns->record.net);
        struct netns_identity id = identity_of(ns);
        int r = t ? emit_tracked(e, ns, t) : 0;

        if (r >= 0 && !t)
                r = builder_references(e->builder, &id, &(struct netns_references){});
        if (r >= 0 && e->options->brief)
                r = builder_count(e->builder, &id, HOLDER_TASK, ns->tasks - ns->lookers);
        if (r >= 0)
                builder_learn(e->builder, &id,
                              &(struct netns_facts){.cookie = ns->record.cookie,
                                                    .has_owner = true,
                                                    .owner_userns = ns->record.owner_userns,
                                                    .owner_uid = ns->record.owner_uid,
                                                    .charged_uid = ns->record.charged_uid});
        return r;
}

int emit_survey(struct builder *b, struct surveyor *surveyor, const struct survey *survey,
                struct known_mounts *mounts, const struct scan_options *options)
{
        struct emission e = {.builder = b,
                             .surveyor = surveyor,
                             .survey = survey,
                             .mounts = mounts,
                             .options = options};
        struct coverage *c = builder_coverage(b);
        int r = 0;

        if (surveyor->visitors)
                visitors_refresh(surveyor->visitors);
        c->processes = survey->look.processes;
        c->threads = survey->look.threads;
        c->fds = surveyor->finder.n_files;
        for (size_t i = 0; i < survey->look.n_nets && r >= 0; i++)
                r = emit_namespace(&e, &survey->look.nets[i]);
        for (size_t i = 0; i < survey->look.n_dying && r >= 0; i++)
                r = builder_dying(b, &survey->look.dying[i]);
        if (r >= 0 && options->strays && !options->brief)
                r = strays_learn(&e.strays, &surveyor->looker, &survey->look);
        if (r >= 0 && !options->brief)
                r = looker_foreach_task(&surveyor->looker, &survey->look, emit_task, &e);
        strays_deinit(&e.strays);
        return r;
}
