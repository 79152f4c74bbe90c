/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "nsorphand/inspect-job.h"

#include "inspect/inspection.h"
#include "report/json-inspection.h"

struct task {
        struct snapshot *snapshot;
        const struct netns *netns; /* in it */
        inspect_done_fn done;
        void *userdata;
        struct inspect_result result;
};

static void task_free(void *userdata)
{
        struct task *t = userdata;

        snapshot_unref(t->snapshot);
        json_decref(t->result.json);
        free(t->result.interfaces);
        free(t->result.addresses);
        free(t);
}

static void inspect(void *userdata)
{
        struct task *t = userdata;
        _cleanup_(inspection_freep) struct inspection *i = NULL;

        /* Nothing that takes a process's mmap lock: no command lines. */
        if (inspection_new(t->snapshot->census, t->netns, 0, &i) < 0)
                return;
        t->result.json = json_inspection(i);
        if (i->inside)
                (void)inside_summary(i->inside, &t->result.interfaces, &t->result.addresses);
}

static void on_inspected(void *task, void *userdata)
{
        struct task *t = task;

        t->done(t->netns, &t->result, t->userdata);
}

int inspect_job_start(struct job **ret, sd_event *event, struct snapshot *snapshot,
                      const struct netns *ns, inspect_done_fn done, void *userdata)
{
        static const struct job_kind kind = {"inspect", (size_t)512 * 1024, inspect, task_free};
        struct task *t = calloc(1, sizeof(*t));

        if (!t)
                return -ENOMEM;
        *t = (struct task){
                .snapshot = snapshot_ref(snapshot),
                .netns = ns,
                .done = done,
                .userdata = userdata,
        };
        return job_start(ret, event, &kind, t, on_inspected, NULL);
}
