/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "inspect/unpin.h"

#include <fcntl.h>
#include <stdalign.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "inspect/mount-cover.h"
#include "netns/unmount.h"
#include "proc/comm.h"
#include "proc/dents.h"
#include "proc/error.h"
#include "proc/host.h"
#include "proc/link.h"
#include "proc/mountinfo.h"
#include "proc/open.h"
#include "util/array.h"
#include "util/line-reader.h"
#include "util/text.h"

/* Whoever has mounted it so often has done it on purpose: the rest is for another call. */
#define MOUNTS_MAX 1024

#define LISTING_SIZE 4096

/* What a task sees of mounts. */
struct view {
        uint64_t mntns, device, inode;
};

struct search {
        const struct netns_wanted *wanted;
        uint64_t host; /* inode of the host's own mount namespace; 0 */
        struct unpin *result;
        struct view *views; /* those that were looked at */
        size_t n_views, room;
        char **paths; /* raw, of the view that is looked at */
        size_t n_paths, room_paths;
};

static void mount_clear(struct unpin_mount *m)
{
        free(m->path);
        free(m->comm);
        free(m->covered);
}

void unpin_deinit(struct unpin *u)
{
        for (size_t i = 0; i < u->n; i++)
                mount_clear(&u->mounts[i]);
        free(u->mounts);
        *u = (struct unpin){};
}

/* 1 when no task before it had the same. */
static int is_new(struct search *s, int task_fd)
{
        struct view v = {};
        struct statx stx;

        if (proc_link_inode(task_fd, "ns/mnt", "mnt", &v.mntns) < 0)
                return 0;
        if (statx(task_fd, "root", AT_STATX_DONT_SYNC | AT_NO_AUTOMOUNT, STATX_INO, &stx) == 0) {
                v.device = (uint64_t)stx.stx_dev_major << 32 | stx.stx_dev_minor;
                v.inode = stx.stx_ino;
        }
        for (size_t i = 0; i < s->n_views; i++)
                if (s->views[i].mntns == v.mntns && s->views[i].device == v.device &&
                    s->views[i].inode == v.inode)
                        return 0;
        if (!array_make_room(&s->views, s->n_views, &s->room, sizeof(*s->views)))
                return -ENOMEM;
        s->views[s->n_views++] = v;
        return 1;
}

static int add_path(struct search *s, const struct mountinfo *m)
{
        uint64_t inode;

        if (!proc_mountinfo_is(m, "nsfs") ||
            proc_link_parse(m->root, m->root_length, "net", &inode) < 0 ||
            inode != s->wanted->inode)
                return 0;
        if (s->n_paths == MOUNTS_MAX)
                return -E2BIG;
        char *path = strndup(m->target, m->target_length);
        if (!path || !array_make_room(&s->paths, s->n_paths, &s->room_paths, sizeof(*s->paths))) {
                free(path);
                return -ENOMEM;
        }
        path[proc_mountinfo_unescape(path, m->target_length)] = '\0';
        s->paths[s->n_paths++] = path;
        return 0;
}

static int read_paths(struct search *s, int task_fd)
{
        _cleanup_(line_reader_closep) struct line_reader lines;
        struct mountinfo m;
        const char *line;
        size_t length;

        int r = line_reader_open(&lines, task_fd, "mountinfo");
        while (r >= 0 && (r = line_reader_next(&lines, &line, &length)) > 0)
                if (proc_mountinfo_parse(line, length, &m) == 0)
                        r = add_path(s, &m);
        /* EINVAL: a kernel thread, or a process on its way out. */
        return proc_error_is_gone(r) || r == -EINVAL ? 0 : MIN(r, 0);
}

static int take_away(struct search *s, int task_fd, pid_t pid, const char *path)
{
        struct unpin *u = s->result;

        if (!array_make_room(&u->mounts, u->n, &u->room, sizeof(*u->mounts)))
                return -ENOMEM;
        struct unpin_mount *m = &u->mounts[u->n++];
        *m = (struct unpin_mount){
                .pid = pid,
                .host = s->views[s->n_views - 1].mntns == s->host,
                .path = text_escape_string(path),
        };
        if (!m->path)
                return -ENOMEM;
        (void)proc_comm_read(task_fd, &m->comm);
        m->errnum = unmount_netns(task_fd, path, s->wanted, &m->unlinked);
        /* One that has gone with another mount, of which it was a copy, is not told. */
        if (m->errnum < 0 &&
            mount_cover_find(task_fd, s->wanted->inode, m->path, &m->covered) == -ENOENT) {
                mount_clear(m);
                u->n--;
        }
        return 0;
}

static int visit_task(struct search *s, int process_fd, pid_t pid, pid_t tid)
{
        char name[32];

        (void)snprintf(name, sizeof(name), "task/%d", (int)tid);
        _cleanup_close_ int task = openat(process_fd, name, O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (task < 0)
                return 0;
        int r = is_new(s, task);
        if (r > 0)
                r = read_paths(s, task);
        for (size_t i = 0; i < s->n_paths; i++) {
                if (r >= 0)
                        r = take_away(s, task, pid, s->paths[i]);
                free(s->paths[i]);
        }
        s->n_paths = 0;
        return r;
}

static int visit_process(struct search *s, int proc_fd, pid_t pid)
{
        alignas(8) char buffer[LISTING_SIZE];
        const char *name;
        uint64_t tid;
        int r = 0;

        _cleanup_close_ int process = proc_open_process(proc_fd, pid);
        if (process < 0)
                return 0;
        _cleanup_close_ int tasks = openat(process, "task", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (tasks < 0)
                return 0;
        struct dents d = DENTS_INIT(tasks, buffer, sizeof(buffer));
        while (r >= 0 && (r = dents_next(&d, &tid, &name)) > 0)
                r = visit_task(s, process, pid, (pid_t)tid);
        return proc_error_is_gone(r) ? 0 : MIN(r, 0);
}

int unpin_all(const struct netns_wanted *wanted, struct unpin *ret)
{
        alignas(8) char buffer[LISTING_SIZE];
        struct search s = {.wanted = wanted, .result = ret};
        const char *name;
        uint64_t pid;

        _cleanup_close_ int proc_fd = proc_open();
        struct dents d = DENTS_INIT(proc_fd, buffer, sizeof(buffer));
        int r = MIN(proc_fd, 0);
        s.host = r < 0 ? 0 : proc_host_mount_namespace(proc_fd);
        /* In the order of their numbers: the host's first, whose copies then go with it. */
        while (r >= 0 && (r = dents_next(&d, &pid, &name)) > 0)
                r = visit_process(&s, proc_fd, (pid_t)pid);
        free(s.views);
        free(s.paths);
        return MIN(r, 0);
}
