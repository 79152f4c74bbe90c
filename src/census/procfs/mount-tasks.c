/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "census/procfs/mount-tasks.h"

#include <fcntl.h>
#include <stdalign.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "census/procfs/file-class.h"
#include "proc/dents.h"
#include "proc/error.h"
#include "proc/host.h"
#include "proc/link.h"
#include "proc/mountinfo.h"
#include "proc/open.h"
#include "util/hash.h"
#include "util/line-reader.h"
#include "util/text.h"

#define LIST_BUFFER_SIZE 4096
/* Whether there is time left is asked each so many lines. */
#define ASK_EACH 32

/* What a task sees of mounts. */
struct view {
        struct view_key {
                uint64_t mntns;      /* inode of its mount namespace */
                uint64_t root_mount; /* where its root is: number of the mount (5.8+) */
                uint64_t root_device, root_inode;
        } key;
        UT_hash_handle hh;
};

struct reading {
        struct walker *walker;
        struct found_mounts *found;
        struct mount_budget *budget;
        struct view *views;        /* those that were read */
        struct number_set *mounts; /* number and namespace of the mounts that were found */
        uint64_t host;             /* inode of the host's own mount namespace; 0 */
        uint64_t mntns;            /* whose mounts are being read; 0 when not known */
        bool home;                 /* and is the host's own, from its root */
        pid_t pid, tid;
};

/* 1 when the view is new, 0, or -ENOMEM. */
static int add_view(struct reading *r, const struct view_key *key)
{
        struct view *v;

        HASH_FIND(hh, r->views, key, sizeof(*key), v);
        if (v)
                return 0;
        v = calloc(1, sizeof(*v));
        if (!v)
                return -ENOMEM;
        v->key = *key;
        HASH_ADD(hh, r->views, key, sizeof(v->key), v);
        if (v->hh.tbl)
                return 1;
        free(v);
        return -ENOMEM;
}

static int add_path(struct found_mount *f, const struct mountinfo *m)
{
        _cleanup_free_ char *target = strndup(m->target, m->target_length);

        if (!target)
                return -ENOMEM;
        f->path = text_escape(target, proc_mountinfo_unescape(target, m->target_length));
        return f->path ? 0 : -ENOMEM;
}

/* The same mount shows below several roots. */
static int is_new(struct reading *r, const struct mountinfo *m, uint64_t inode)
{
        return number_set_add(r->mounts, m->id << 32 | (inode & UINT32_MAX));
}

static int on_line(struct reading *r, const char *line, size_t n)
{
        struct walk *walk = r->walker->walk;
        struct mountinfo m;
        struct found_mount f = {.mntns = r->mntns, .home = r->home, .pid = r->pid, .tid = r->tid};
        uint64_t mntns;

        if (proc_mountinfo_parse(line, n, &m) < 0)
                return 0;
        f.device = m.device;
        f.group = m.group;
        f.master = m.master;
        if (proc_mountinfo_is(&m, "bpf"))
                return found_mounts_add_bpffs(r->walker, m.device);
        if (proc_mountinfo_is(&m, "nsfs")) {
                if (proc_link_parse(m.root, m.root_length, "mnt", &mntns) == 0)
                        return MIN(number_set_add(walk->unseen_mntns, mntns), 0);
                if (proc_link_parse(m.root, m.root_length, "net", &f.inode) < 0)
                        return 0;
                f.kind = HOLDER_NSFS_MOUNT;
        } else if (proc_mountinfo_is(&m, "rpc_pipefs") || proc_mountinfo_is(&m, "nfsd"))
                f.kind = HOLDER_KERNEL_MOUNT;
        else
                return 0;
        int k = is_new(r, &m, f.inode);
        if (k <= 0)
                return k;
        k = found_mounts_wants_path(r->found, f.inode) ? add_path(&f, &m) : 0;
        return k < 0 ? k : found_mounts_add(r->found, &f);
}

static int read_lines(struct reading *r, struct line_reader *lines)
{
        const char *line;
        size_t length;
        int k;

        for (unsigned n = 1; (k = line_reader_next(lines, &line, &length)) > 0; n++) {
                k = on_line(r, line, length);
                if (k < 0)
                        return k;
                if (lines->cut)
                        builder_gap(r->walker->builder, GAP_MOUNTS_UNREADABLE, r->pid, EFBIG);
                k = n % ASK_EACH == 0 ? mount_budget_ask(r->budget) : 1;
                if (k <= 0)
                        return k;
        }
        return k;
}

/* The mounts of one task. @name: below /proc/PID, "mountinfo" or "task/TID/mountinfo". */
static int read_mounts(struct reading *r, int dir_fd, const char *name)
{
        _cleanup_(line_reader_closep) struct line_reader lines;

        int k = line_reader_open(&lines, dir_fd, name);
        if (k >= 0)
                k = read_lines(r, &lines);
        if (k >= 0 || k == -ENOMEM || k == -ECANCELED)
                return k;
        /* EINVAL: a kernel thread or a process on its way out, without mounts. */
        if (!proc_error_is_gone(k) && k != -EINVAL)
                builder_gap(r->walker->builder, GAP_MOUNTS_UNREADABLE, r->pid, k);
        return 0;
}

/* What task @prefix ("" or "task/TID/") below /proc/PID sees. 0 or a negative errno. */
static int learn_view(int dir_fd, const char *prefix, struct view_key *ret)
{
        char path[64];
        struct statx stx;

        *ret = (struct view_key){};
        (void)snprintf(path, sizeof(path), "%sns/mnt", prefix);
        int r = proc_link_inode(dir_fd, path, "mnt", &ret->mntns);
        if (r < 0)
                return r;
        (void)snprintf(path, sizeof(path), "%sroot", prefix);
        if (statx(dir_fd, path, FILE_CLASS_STATX_FLAGS, STATX_INO | STATX_MNT_ID, &stx) < 0)
                /* A root on a FUSE file system that refuses root: one more reading. */
                return 0;
        ret->root_mount = stx.stx_mask & STATX_MNT_ID ? stx.stx_mnt_id : 0;
        ret->root_device = statx_device(&stx);
        ret->root_inode = stx.stx_ino;
        return 0;
}

/* Whether the root of a task is that of its mount namespace, as far as its path says. */
static bool has_first_root(int dir_fd, const char *prefix)
{
        char path[64], link[2];

        (void)snprintf(path, sizeof(path), "%sroot", prefix);
        return readlinkat(dir_fd, path, link, sizeof(link)) == 1 && link[0] == '/';
}

static int visit_task(struct reading *r, int dir_fd, const char *prefix, pid_t tid)
{
        struct view_key key;
        char path[64];

        int k = learn_view(dir_fd, prefix, &key);
        if (proc_error_is_gone(k) || (k < 0 && tid != r->pid))
                return 0;
        /* Refused: its mountinfo needs no ptrace access, so that is read. */
        if (k == 0) {
                k = number_set_add(r->walker->walk->mount_namespaces, key.mntns);
                if (k >= 0)
                        k = add_view(r, &key);
                if (k <= 0)
                        return k;
        }
        r->mntns = key.mntns;
        r->home = key.mntns != 0 && key.mntns == r->host && has_first_root(dir_fd, prefix);
        r->tid = tid;
        (void)snprintf(path, sizeof(path), "%sns/mnt", prefix);
        _cleanup_close_ int mntns = openat(dir_fd, path, O_RDONLY | O_CLOEXEC);
        k = mount_budget_charge(r->budget, mntns);
        (void)snprintf(path, sizeof(path), "%smountinfo", prefix);
        return k < 0 ? k : read_mounts(r, dir_fd, path);
}

static int visit_threads(struct reading *r, int dir_fd)
{
        char prefix[32];
        uint64_t tid;
        const char *name;
        int k = 0;

        _cleanup_close_ int task_fd = openat(dir_fd, "task", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (task_fd < 0)
                return 0;
        struct dents d = DENTS_INIT(task_fd, r->walker->dents, DENTS_BUFFER_SIZE);
        while (k >= 0 && (k = dents_next(&d, &tid, &name)) > 0) {
                (void)snprintf(prefix, sizeof(prefix), "task/%d/", (int)tid);
                k = visit_task(r, dir_fd, prefix, (pid_t)tid);
        }
        return proc_error_is_gone(k) ? 0 : MIN(k, 0);
}

static int visit_processes(struct reading *r)
{
        alignas(8) char buffer[LIST_BUFFER_SIZE];
        struct walker *w = r->walker;
        struct dents d = DENTS_INIT(w->walk->host->proc_fd, buffer, sizeof(buffer));
        uint64_t pid;
        const char *name;

        int k = dents_seek(&d, 0);
        while (k >= 0 && (k = dents_next(&d, &pid, &name)) > 0) {
                if (atomic_load(&w->walk->progress->cancel))
                        return -ECANCELED;
                if (walker_skips(w, (pid_t)pid))
                        continue;
                _cleanup_close_ int dir_fd = proc_open_process(w->walk->host->proc_fd, (pid_t)pid);
                if (dir_fd < 0)
                        continue;
                r->pid = (pid_t)pid;
                walker_at(w, r->pid, SCAN_MOUNTS);
                k = visit_threads(r, dir_fd);
        }
        return MIN(k, 0);
}

int mount_tasks_read(struct walker *w, struct found_mounts *found, struct mount_budget *budget)
{
        struct reading r = {.walker = w,
                            .found = found,
                            .budget = budget,
                            .mounts = number_set_new(),
                            .host = proc_host_mount_namespace(w->walk->host->proc_fd)};
        struct view *v, *next;

        if (!r.mounts)
                return -ENOMEM;
        int k = visit_processes(&r);
        HASH_ITER(hh, r.views, v, next) {
                HASH_DEL(r.views, v);
                free(v);
        }
        number_set_free(r.mounts);
        return k;
}

static void count_unseen(uint64_t mntns, void *userdata)
{
        struct walker *w = userdata;

        if (!number_set_has(w->walk->mount_namespaces, mntns))
                builder_gap(w->builder, GAP_MOUNTS_UNREADABLE, 0, 0);
}

void mount_tasks_count_unseen(struct walker *w)
{
        if (!w->walk->mounts_listed)
                number_set_each(w->walk->unseen_mntns, count_unseen, w);
}
