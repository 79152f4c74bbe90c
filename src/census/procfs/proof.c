/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "census/procfs/proof.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

#include "proc/link.h"
#include "util/array.h"

void proof_deinit(struct proof *p)
{
        free(p->tasks);
        *p = (struct proof){};
}

int proof_note(struct proof *p, const struct unproven_task *t)
{
        if (!array_make_room(&p->tasks, p->n, &p->room, sizeof(*p->tasks)))
                return -ENOMEM;
        p->tasks[p->n++] = *t;
        return 0;
}

/* The file whose inode number stands for a namespace. Debian's kernels all have IPv4 built in. */
struct landmark {
        uint64_t net_inode;
        uint64_t netns_inode;
};

struct landmarks {
        int proc_fd;
        struct landmark *list;
        size_t n, room;
};

/* The number of the file as @task sees it, if that is in the namespace @inode before and after. */
static bool read_landmark(int proc_fd, const struct holder *task, uint64_t inode, uint64_t *ret)
{
        struct statx stx;
        char path[64];
        uint64_t after;

        (void)snprintf(path, sizeof(path), "%d/task/%d/net/tcp", (int)task->pid, (int)task->tid);
        if (statx(proc_fd, path, AT_STATX_DONT_SYNC, STATX_INO, &stx) < 0)
                return false;
        (void)snprintf(path, sizeof(path), "%d/task/%d/ns/net", (int)task->pid, (int)task->tid);
        if (proc_link_inode(proc_fd, path, "net", &after) < 0 || after != inode)
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
                    read_landmark(l->proc_fd, &ns->holders[i], ns->id.inode, &net_inode)) {
                        l->list[l->n++] = (struct landmark){.net_inode = net_inode,
                                                            .netns_inode = ns->id.inode};
                        return;
                }
}

static void count(struct netns *ns, void *userdata)
{
        (*(size_t *)userdata)++;
}

/* The namespace whose landmark has that number; 0 when there is none. */
static uint64_t find(const struct landmarks *l, uint64_t net_inode)
{
        for (size_t i = 0; i < l->n; i++)
                if (l->list[i].net_inode == net_inode)
                        return l->list[i].netns_inode;
        return 0;
}

int proof_emit(struct proof *p, int proc_fd, struct builder *b)
{
        struct landmarks l = {.proc_fd = proc_fd};
        int r = 0;

        if (p->n == 0)
                return 0;
        builder_foreach(b, count, &l.room);
        l.list = calloc(l.room + 1, sizeof(*l.list));
        if (!l.list)
                return -ENOMEM;
        builder_foreach(b, learn, &l);
        for (size_t i = 0; i < p->n && r >= 0; i++) {
                const struct unproven_task *t = &p->tasks[i];
                const struct netns_identity id = {.inode = find(&l, t->net_inode)};
                if (id.inode == 0) {
                        builder_gap(b, GAP_TASK_UNPROVEN, t->pid, EACCES);
                        continue;
                }
                struct holder h = HOLDER_OF(t->pid, t->tid, -1);
                h.kind = HOLDER_TASK;
                r = builder_emit(b, &id, &h);
        }
        free(l.list);
        p->n = 0;
        return r;
}
