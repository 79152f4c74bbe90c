/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "census/procfs/found-mounts.h"

#include <fcntl.h>
#include <stdalign.h>
#include <stdio.h>

#include "proc/dents.h"
#include "proc/error.h"
#include "proc/link.h"
#include "proc/open.h"
#include "util/array.h"
#include "util/hash.h"

#define LIST_BUFFER_SIZE 4096

/* How well a task serves to show a mount. */
enum fitness {
        FIT_NOT,
        FIT_OURSELVES, /* the mount is in a namespace that only we are in, as far as is known */
        FIT_ELSEWHERE, /* its root is not that of its mount namespace */
        FIT_WELL,
};

/* A mount namespace, and the task that stands for it. */
struct mntns {
        uint64_t inode;
        pid_t pid, tid;
        enum fitness fitness;
};

struct search {
        struct walker *walker;
        struct mntns *mntns; /* by inode */
        size_t n;
        size_t n_without; /* of those, without a task */
};

struct path_count {
        uint64_t inode;
        size_t n;
        UT_hash_handle hh;
};

bool found_mounts_wants_path(const struct found_mounts *m, uint64_t inode)
{
        struct path_count *c;

        HASH_FIND(hh, m->counts, &inode, sizeof(inode), c);
        return !c || c->n < CENSUS_LISTED_MAX;
}

static int count_path(struct found_mounts *m, uint64_t inode)
{
        struct path_count *c;

        HASH_FIND(hh, m->counts, &inode, sizeof(inode), c);
        if (!c) {
                c = calloc(1, sizeof(*c));
                if (!c)
                        return -ENOMEM;
                c->inode = inode;
                HASH_ADD(hh, m->counts, inode, sizeof(c->inode), c);
                if (!c->hh.tbl) {
                        free(c);
                        return -ENOMEM;
                }
        }
        c->n++;
        return 0;
}

int found_mounts_add(struct found_mounts *m, const struct found_mount *mount)
{
        if (!array_make_room(&m->mounts, m->n, &m->room, sizeof(*m->mounts)) ||
            (mount->path && count_path(m, mount->inode) < 0)) {
                free(mount->path);
                return -ENOMEM;
        }
        m->mounts[m->n++] = *mount;
        return 0;
}

int found_mounts_add_bpffs(struct walker *w, uint64_t device)
{
        if (!kernel_devices_add_bpffs(&w->walk->devices, device))
                builder_gap(w->builder, GAP_MOUNTS_UNREADABLE, 0, E2BIG);
        return 0;
}

void found_mounts_clear(struct found_mounts *m)
{
        for (size_t i = 0; i < m->n; i++)
                free(m->mounts[i].path);
        free(m->mounts);
        struct path_count *c, *next;
        HASH_ITER(hh, m->counts, c, next) {
                HASH_DEL(m->counts, c);
                free(c);
        }
        *m = (struct found_mounts){};
}

static int mntns_compare(const void *pa, const void *pb)
{
        const struct mntns *a = pa, *b = pb;
        return a->inode < b->inode ? -1 : a->inode > b->inode;
}

/* Each mount namespace once. */
static int search_init(struct search *s, const struct found_mounts *m)
{
        size_t n = 0;

        s->mntns = calloc(m->n + 1, sizeof(*s->mntns));
        if (!s->mntns)
                return -ENOMEM;
        for (size_t i = 0; i < m->n; i++)
                if (m->mounts[i].pid == 0 && m->mounts[i].mntns != 0)
                        s->mntns[n++] = (struct mntns){.inode = m->mounts[i].mntns};
        if (n > 0)
                qsort(s->mntns, n, sizeof(*s->mntns), mntns_compare);
        for (size_t i = 0; i < n; i++)
                if (s->n == 0 || s->mntns[s->n - 1].inode != s->mntns[i].inode)
                        s->mntns[s->n++] = s->mntns[i];
        s->n_without = s->n;
        return 0;
}

static enum fitness fitness_of(int dir_fd, const char *root, pid_t pid)
{
        char link[2];

        if (pid == getpid())
                return FIT_OURSELVES;
        return readlinkat(dir_fd, root, link, sizeof(link)) == 1 && link[0] == '/' ? FIT_WELL
                                                                                   : FIT_ELSEWHERE;
}

/* One task. @prefix: "" or "task/TID/", below /proc/PID. */
static void try_task(struct search *s, int dir_fd, const char *prefix, pid_t pid, pid_t tid)
{
        char path[64];
        struct mntns key = {};

        (void)snprintf(path, sizeof(path), "%sns/mnt", prefix);
        if (proc_link_inode(dir_fd, path, "mnt", &key.inode) < 0)
                return;
        struct mntns *found = bsearch(&key, s->mntns, s->n, sizeof(*s->mntns), mntns_compare);
        if (!found || found->fitness == FIT_WELL)
                return;
        (void)snprintf(path, sizeof(path), "%sroot", prefix);
        enum fitness fitness = fitness_of(dir_fd, path, pid);
        if (fitness <= found->fitness)
                return;
        s->n_without -= found->fitness == FIT_NOT;
        *found = (struct mntns){.inode = key.inode, .pid = pid, .tid = tid, .fitness = fitness};
}

static int try_threads(struct search *s, int dir_fd, pid_t pid)
{
        char prefix[32];
        uint64_t tid;
        const char *name;
        int r = 0;

        _cleanup_close_ int task_fd = openat(dir_fd, "task", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (task_fd < 0)
                return 0;
        struct dents d = DENTS_INIT(task_fd, s->walker->dents, DENTS_BUFFER_SIZE);
        while (s->n_without > 0 && (r = dents_next(&d, &tid, &name)) > 0) {
                (void)snprintf(prefix, sizeof(prefix), "task/%d/", (int)tid);
                if ((pid_t)tid != pid)
                        try_task(s, dir_fd, prefix, pid, (pid_t)tid);
        }
        return proc_error_is_gone(r) ? 0 : MIN(r, 0);
}

/* At one process: itself, or its threads. */
static int try_process(struct search *s, pid_t pid, bool threads)
{
        _cleanup_close_ int dir_fd = proc_open_process(s->walker->walk->host->proc_fd, pid);
        if (dir_fd < 0)
                return 0;
        walker_at(s->walker, pid, SCAN_MOUNTS);
        if (!threads) {
                try_task(s, dir_fd, "", pid, pid);
                return 0;
        }
        return try_threads(s, dir_fd, pid);
}

/* All processes, or all threads of all processes. */
static int go_through(struct search *s, bool threads)
{
        alignas(8) char buffer[LIST_BUFFER_SIZE];
        struct walker *w = s->walker;
        struct dents d = DENTS_INIT(w->walk->host->proc_fd, buffer, sizeof(buffer));
        uint64_t pid;
        const char *name;

        int r = dents_seek(&d, 0);
        while (r >= 0 && (!threads || s->n_without > 0) && (r = dents_next(&d, &pid, &name)) > 0) {
                if (atomic_load(&w->walk->progress->cancel))
                        return -ECANCELED;
                if (!walker_skips(w, (pid_t)pid))
                        r = try_process(s, (pid_t)pid, threads);
        }
        return MIN(r, 0);
}

int found_mounts_find_tasks(struct found_mounts *m, struct walker *w)
{
        struct search s = {.walker = w};

        int r = search_init(&s, m);
        if (r >= 0 && s.n > 0)
                r = go_through(&s, false);
        if (r >= 0 && s.n_without > 0)
                r = go_through(&s, true);
        for (size_t i = 0; i < m->n && r >= 0; i++) {
                struct mntns key = {.inode = m->mounts[i].mntns};
                const struct mntns *found =
                        bsearch(&key, s.mntns, s.n, sizeof(*s.mntns), mntns_compare);
                if (found && m->mounts[i].pid == 0) {
                        m->mounts[i].pid = found->pid;
                        m->mounts[i].tid = found->tid;
                }
        }
        free(s.mntns);
        return r;
}

/* What a mount is compared by, in one number: nsfs inodes and propagation groups have 32 bits each.
 */
static uint64_t key_of(const struct found_mount *m, uint64_t group)
{
        return m->inode << 32 | (group & UINT32_MAX);
}

struct emission {
        struct number_set *groups;    /* all that the mounts of a namespace are in */
        struct number_set *told;      /* those of mounts that have become holders */
        struct number_set *elsewhere; /* namespaces that a mount leads to which is not our own */
        struct number_set *systems;   /* devices of file systems that have become holders */
};

static int emission_init(struct emission *e, const struct found_mounts *m)
{
        int r = 0;

        e->groups = number_set_new();
        e->told = number_set_new();
        e->elsewhere = number_set_new();
        e->systems = number_set_new();
        if (!e->groups || !e->told || !e->elsewhere || !e->systems)
                return -ENOMEM;
        for (size_t i = 0; i < m->n && r >= 0; i++) {
                const struct found_mount *f = &m->mounts[i];
                if (f->group != 0)
                        r = number_set_add(e->groups, key_of(f, f->group));
                if (r >= 0 && f->pid != getpid())
                        r = number_set_add(e->elsewhere, f->inode);
        }
        return MIN(r, 0);
}

static void emission_deinit(struct emission *e)
{
        number_set_free(e->groups);
        number_set_free(e->told);
        number_set_free(e->elsewhere);
        number_set_free(e->systems);
}

/* 1 when it is a holder, 0 when it is no other than one that is, or -ENOMEM. A sandbox of ours has
 * copies of all mounts in it, which are not what keeps a namespace. */
static int is_holder(struct emission *e, const struct found_mount *m)
{
        if (m->kind == HOLDER_KERNEL_MOUNT)
                return number_set_add(e->systems, m->device);
        if (m->pid == getpid() && number_set_has(e->elsewhere, m->inode))
                return 0;
        if (m->master != 0 && number_set_has(e->groups, key_of(m, m->master)))
                return 0;
        return m->group == 0 ? 1 : number_set_add(e->told, key_of(m, m->group));
}

static int emit(struct found_mount *m, struct builder *b)
{
        /* No process of the host's own mount namespace has more to do with it than another. */
        struct holder h = HOLDER_OF(m->home ? 0 : m->pid, m->home ? 0 : m->tid, -1);

        h.kind = m->kind;
        h.mntns = m->mntns;
        h.path = TAKE_PTR(m->path);
        if (m->kind == HOLDER_NSFS_MOUNT)
                return builder_emit(b, &(struct netns_identity){.inode = m->inode}, &h);
        h.file_inode = m->device;
        h.reason = "a file system keeps the namespace it was first mounted in, and /proc does not "
                   "say which";
        return builder_emit_unresolved(b, &h);
}

int found_mounts_emit(struct found_mounts *m, struct builder *b)
{
        struct emission e = {};

        int r = emission_init(&e, m);
        for (size_t i = 0; i < m->n && r >= 0; i++) {
                r = is_holder(&e, &m->mounts[i]);
                if (r > 0)
                        r = emit(&m->mounts[i], b);
        }
        emission_deinit(&e);
        return MIN(r, 0);
}
