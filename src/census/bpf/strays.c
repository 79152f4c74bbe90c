/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "census/bpf/strays.h"

#include <stdlib.h>

#include "util/array.h"

static int note_home(const struct look_net *ns, const struct task_record *task, void *userdata)
{
        struct strays *s = userdata;

        if (task->tgid <= 0 || task->tid != task->tgid)
                return 0;
        if (!array_make_room(&s->homes, s->n, &s->room, sizeof(*s->homes)))
                return -ENOMEM;
        s->homes[s->n++] = (struct home){task->tgid, ns->record.net, ns->record.inode};
        return 0;
}

static int compare_homes(const void *a, const void *b)
{
        const struct home *x = a, *y = b;

        return (x->pid > y->pid) - (x->pid < y->pid);
}

int strays_learn(struct strays *s, struct looker *l, const struct look *look)
{
        int r = looker_foreach_task(l, look, note_home, s);

        if (r >= 0 && s->n > 1)
                qsort(s->homes, s->n, sizeof(*s->homes), compare_homes);
        return r;
}

void strays_deinit(struct strays *s)
{
        free(s->homes);
        *s = (struct strays){};
}

static const struct home *find(struct strays *s, pid_t pid)
{
        const struct home key = {.pid = pid}, *found;

        if (s->n == 0)
                return NULL;
        if (s->homes[s->last].pid == pid)
                return &s->homes[s->last];
        found = bsearch(&key, s->homes, s->n, sizeof(*s->homes), compare_homes);
        if (found)
                s->last = (size_t)(found - s->homes);
        return found;
}

uint64_t strays_home(struct strays *s, const struct look_net *ns, const struct task_record *task)
{
        const struct home *home =
                task->tgid > 0 && task->tid != task->tgid ? find(s, task->tgid) : NULL;

        return home && home->net != ns->record.net ? home->inode : 0;
}
