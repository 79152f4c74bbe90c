/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "census/bpf/look.h"

#include <stdlib.h>
#include <string.h>

#include "util/array.h"

void looker_init(struct looker *l)
{
        phase_init(&l->namespaces, PHASE_NAMESPACES);
        phase_init(&l->tasks, PHASE_TASKS);
}

void looker_deinit(struct looker *l)
{
        phase_deinit(&l->namespaces);
        phase_deinit(&l->tasks);
}

int looker_load(struct looker *l)
{
        int r = phase_load(&l->namespaces);

        return r < 0 ? r : phase_load(&l->tasks);
}

void look_deinit(struct look *look)
{
        free(look->nets);
        free(look->dying);
        *look = (struct look){};
}

static int compare_nets(const void *a, const void *b)
{
        const struct look_net *x = a, *y = b;

        return (x->record.net > y->record.net) - (x->record.net < y->record.net);
}

struct look_net *look_find(const struct look *look, uint64_t net)
{
        struct look_net key = {.record.net = net};

        if (look->n_nets == 0)
                return NULL;
        return bsearch(&key, look->nets, look->n_nets, sizeof(*look->nets), compare_nets);
}

/* A map that was full is made larger, and the walk repeated: a part of a list is no list. */
static int walk(struct phase *p)
{
        int r;

        for (;;) {
                phase_forget(p);
                r = phase_walk(p);
                if (r != -ENOBUFS)
                        return r;
                r = phase_grow(p);
                if (r < 0)
                        return r;
        }
}

static int add_dying(struct look *look, const struct net_record *record)
{
        if (!array_make_room(&look->dying, look->n_dying, &look->room_dying, sizeof(*look->dying)))
                return -ENOMEM;
        look->dying[look->n_dying++] =
                (struct netns_identity){.inode = record->inode, .cookie = record->cookie};
        return 0;
}

static int take_namespaces(struct phase *p, struct look *look)
{
        const struct net_record *records = p->maps[MAP_RECORDS].memory;

        look->n_nets = 0;
        look->n_dying = 0;
        for (unsigned i = 0; i < phase_records(p); i++) {
                /* Torn down already, and listed until that is done. */
                if (records[i].count == 0) {
                        if (add_dying(look, &records[i]) < 0)
                                return -ENOMEM;
                        continue;
                }
                if (!array_make_room(&look->nets, look->n_nets, &look->room, sizeof(*look->nets)))
                        return -ENOMEM;
                look->nets[look->n_nets++] = (struct look_net){.record = records[i]};
        }
        if (look->n_nets > 1)
                qsort(look->nets, look->n_nets, sizeof(*look->nets), compare_nets);
        return 0;
}

/* An nsproxy of a namespace that is not listed is one of a newer namespace, or none any more. */
static void take_tasks(struct phase *p, struct look *look)
{
        const struct proxy_record *records = p->maps[TASKS_PROXIES].memory;

        for (unsigned i = 0; i < phase_records(p); i++) {
                struct look_net *ns = look_find(look, records[i].net);
                if (!ns || records[i].tasks == 0)
                        continue;
                ns->proxies++;
                ns->tasks += records[i].tasks;
        }
        look->processes = *p->words.n_processes;
        look->threads = *p->words.n_threads;
}

static void judge(struct look_net *ns)
{
        if (ns->tasks > ns->lookers)
                ns->verdict = VERDICT_ATTACHED;
        else if (ns->record.paths > 0)
                ns->verdict = VERDICT_PINNED;
        else
                ns->verdict = VERDICT_ORPHANED;
}

static int list_tasks_too(struct phase *p, bool wanted)
{
        if (wanted && p->maps[TASKS_LIST].entries == 1) {
                phase_deinit(p);
                p->maps[TASKS_LIST].entries = 4096;
                int r = phase_load(p);
                if (r < 0)
                        return r;
        }
        *p->words.tasks_room = wanted;
        return 0;
}

int looker_look(struct looker *l, bool list_tasks, struct look *look)
{
        int r = list_tasks_too(&l->tasks, list_tasks);

        if (r >= 0)
                r = walk(&l->namespaces);
        if (r >= 0)
                r = walk(&l->tasks);
        if (r >= 0)
                r = take_namespaces(&l->namespaces, look);
        if (r < 0)
                return r;
        take_tasks(&l->tasks, look);
        for (size_t i = 0; i < look->n_nets; i++)
                judge(&look->nets[i]);
        return 0;
}

struct leaving_out {
        struct look *look;
        bool (*visits)(const struct look_net *ns, pid_t pid, void *userdata);
        void *userdata;
};

static int leave_out(const struct look_net *ns, const struct task_record *task, void *userdata)
{
        const struct leaving_out *l = userdata;

        if (task->looks ||
            (ns->tasks <= LOOK_FEW && task->tgid > 0 && l->visits(ns, task->tgid, l->userdata)))
                look_find(l->look, ns->record.net)->lookers++;
        return 0;
}

void looker_leave_out(struct looker *l, struct look *look,
                      bool (*visits)(const struct look_net *ns, pid_t pid, void *userdata),
                      void *userdata)
{
        struct leaving_out leaving = {look, visits, userdata};

        (void)looker_foreach_task(l, look, leave_out, &leaving);
        for (size_t i = 0; i < look->n_nets; i++)
                judge(&look->nets[i]);
}

int looker_foreach_task(struct looker *l, const struct look *look,
                        int (*fn)(const struct look_net *ns, const struct task_record *task,
                                  void *userdata),
                        void *userdata)
{
        const struct proxy_record *proxies = l->tasks.maps[TASKS_PROXIES].memory;
        const struct task_record *tasks = l->tasks.maps[TASKS_LIST].memory;
        int r = 0;

        for (unsigned i = 0; i < *l->tasks.words.n_tasks && r >= 0; i++) {
                const struct look_net *ns = look_find(look, proxies[tasks[i].proxy].net);
                if (ns)
                        r = fn(ns, &tasks[i], userdata);
        }
        return MIN(r, 0);
}
