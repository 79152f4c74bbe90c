/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

#include "census/procfs/parse.h"
#include "census/procfs/walk.h"
#include "util/array.h"

int walker_note_unproven(struct walker *w, const struct unproven_task *t)
{
        if (!array_make_room(&w->unproven, w->n_unproven, &w->room_unproven, sizeof(*w->unproven)))
                return -ENOMEM;
        w->unproven[w->n_unproven++] = *t;
        return 0;
}

/* The file whose inode number stands for a namespace. Debian's kernels all have IPv4 built in. */
struct landmark {
        uint64_t net_inode;
        uint64_t netns_inode;
};

struct landmarks {
        struct walk *walk;
        struct landmark *list;
        size_t n, room;
};

/* The number of the file as @task sees it, if that is in the namespace @inode before and after. */
static bool read_landmark(struct walk *walk, const struct holder *task, uint64_t inode,
                          uint64_t *ret)
{
        struct statx stx;
        char path[64];
        uint64_t after;

        (void)snprintf(path, sizeof(path), "%d/task/%d/net/tcp", (int)task->pid, (int)task->tid);
        if (statx(walk->proc_fd, path, AT_STATX_DONT_SYNC, STATX_INO, &stx) < 0)
                return false;
        (void)snprintf(path, sizeof(path), "%d/task/%d/ns/net", (int)task->pid, (int)task->tid);
        if (ns_link_inode(walk->proc_fd, path, "net", &after) < 0 || after != inode)
                return false;
        *ret = stx.stx_ino;
        return true;
}

/* Learns the number for a namespace, from the first of the listed tasks in it that still is. */
static void learn(struct netns *ns, void *userdata)
{
        struct landmarks *l = userdata;
        uint64_t net_inode;

        for (size_t i = 0; i < ns->n_holders && l->n < l->room; i++)
                if (ns->holders[i].kind == HOLDER_TASK &&
                    read_landmark(l->walk, &ns->holders[i], ns->id.inode, &net_inode)) {
                        l->list[l->n++] = (struct landmark){.net_inode = net_inode,
                                                            .netns_inode = ns->id.inode};
                        return;
                }
}

static void count(struct netns *ns, void *userdata)
{
        (*(size_t *)userdata)++;
}

int walker_prove_tasks(struct walker *w)
{
        struct landmarks l = {.walk = w->walk};
        int r = 0;

        if (w->n_unproven == 0)
                return 0;
        builder_foreach(w->builder, count, &l.room);
        l.list = calloc(l.room + 1, sizeof(*l.list));
        if (!l.list)
                return -ENOMEM;
        builder_foreach(w->builder, learn, &l);
        for (size_t i = 0; i < w->n_unproven && r >= 0; i++) {
                const struct unproven_task *t = &w->unproven[i];
                struct netns_identity id = {};
                for (size_t j = 0; j < l.n && id.inode == 0; j++)
                        if (l.list[j].net_inode == t->net_inode)
                                id.inode = l.list[j].netns_inode;
                if (id.inode == 0) {
                        builder_gap(w->builder, GAP_TASK_UNPROVEN, t->pid, EACCES);
                        continue;
                }
                struct holder h = HOLDER_OF(t->pid, t->tid, -1);
                h.kind = HOLDER_TASK;
                r = builder_emit(w->builder, &id, &h);
        }
        free(l.list);
        w->n_unproven = 0;
        return r;
}
