/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "nsorphand/whose.h"

#include <fcntl.h>
#include <string.h>

#include "inspect/container-name.h"
#include "inspect/process-facts.h"
#include "ledger/history.h"
#include "nsorphand/job.h"
#include "proc/link.h"
#include "proc/open.h"
#include "proc/stat.h"

/* How many namespaces are asked about at once; the next ones when that is done. */
#define BATCH_MAX 32

struct question {
        struct netns_identity id;
        pid_t task;
        struct history_facts facts; /* the answer; empty when the task is there no more */
};

struct batch {
        struct question questions[BATCH_MAX];
        size_t n;
};

struct whose {
        sd_event *event;
        const struct findings *findings;
        struct job *job; /* under way; NULL for none */
};

static void batch_free(void *userdata)
{
        struct batch *b = userdata;

        for (size_t i = 0; i < b->n; i++)
                history_facts_clear(&b->questions[i].facts);
        free(b);
}

/* Takes over what history wants of @p; @name may be NULL. */
static void take_facts(struct process_facts *p, char *name, struct history_facts *ret)
{
        *ret = (struct history_facts){
                .command = TAKE_PTR(p->comm),
                .unit = TAKE_PTR(p->unit),
                .pod = TAKE_PTR(p->container.pod),
                .container = TAKE_PTR(p->container.name),
                .name = name,
                .claimed = p->in_container && p->container.claimed,
        };
        if (p->in_container && p->container.manager)
                ret->manager = strdup(p->container.manager);
}

/* Whatever is not there, or cannot be read, is left out. */
static void answer(int proc_fd, int root_fd, struct question *q)
{
        _cleanup_(process_facts_freep) struct process_facts *facts = NULL;
        _cleanup_close_ int dir = proc_open_process(proc_fd, q->task);
        struct process process = {.pid = q->task, .uid = UID_UNKNOWN};
        char *name = NULL;
        struct proc_stat stat;
        uint64_t inode;

        if (dir < 0 || proc_stat_read(dir, &stat) < 0)
                return;
        process.start_ticks = stat.start_ticks;
        if (process_facts_read(&process, 0, &facts) < 0 || facts->gone)
                return;
        if (facts->in_container)
                (void)container_name_read(root_fd, &facts->container, &name);
        /* Only now, so that all of it was read of a process that was in the namespace. */
        if (proc_link_inode(dir, "ns/net", "net", &inode) < 0 || inode != q->id.inode) {
                free(name);
                return;
        }
        take_facts(facts, name, &q->facts);
}

static void answer_all(void *userdata)
{
        struct batch *b = userdata;
        _cleanup_close_ int proc_fd = proc_open();
        _cleanup_close_ int root_fd = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);

        for (size_t i = 0; i < b->n; i++)
                answer(proc_fd, root_fd, &b->questions[i]);
}

static void on_answered(void *task, void *userdata)
{
        struct batch *b = task;
        struct whose *w = userdata;

        w->job = NULL;
        for (size_t i = 0; i < b->n; i++)
                ledger_note_history(w->findings->ledger, &b->questions[i].id,
                                    &b->questions[i].facts);
        whose_update(w);
}

void whose_update(struct whose *w)
{
        static const struct job_kind kind = {"whose", (size_t)256 * 1024, answer_all, batch_free};
        const struct history *h = ledger_history(w->findings->ledger);
        const struct history_entry *e = w->job ? NULL : history_next(h, NULL);
        struct batch *b = e ? calloc(1, sizeof(*b)) : NULL;

        if (!b)
                return;
        for (; e && b->n < BATCH_MAX; e = history_next(h, e))
                b->questions[b->n++] = (struct question){.id = e->id, .task = e->task};
        /* After a failure the next scan tries again. */
        (void)job_start(&w->job, w->event, &kind, b, on_answered, w);
}

int whose_new(struct whose **ret, sd_event *event, const struct findings *findings)
{
        struct whose *w = calloc(1, sizeof(*w));

        if (!w)
                return -ENOMEM;
        *w = (struct whose){.event = event, .findings = findings};
        *ret = w;
        return 0;
}

struct whose *whose_free(struct whose *w)
{
        if (w && w->job)
                job_abandon(w->job);
        free(w);
        return NULL;
}
