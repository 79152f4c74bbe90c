/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "nsorphand/whose.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "inspect/container-name.h"
#include "inspect/process-facts.h"
#include "ledger/history.h"
#include "proc/link.h"
#include "proc/open.h"
#include "proc/stat.h"
#include "util/thread.h"

#define STACK_SIZE ((size_t)256 * 1024)

/* So many namespaces are asked about at once; the next ones when that is done. */
#define BATCH_MAX 32

struct question {
        struct netns_identity id;
        pid_t task;
        struct history_facts facts; /* the answer; empty when the task is there no more */
};

/* The loop's and the thread's: whoever leaves last frees it. */
struct job {
        _Atomic unsigned n_users;
        int event_fd;
        struct question questions[BATCH_MAX]; /* the thread's, until event_fd is readable */
        size_t n;
};

struct whose {
        sd_event *event;
        const struct findings *findings;
        struct job *job; /* under way; NULL for none */
        sd_event_source *source;
};

static void job_leave(struct job *job)
{
        if (atomic_fetch_sub(&job->n_users, 1) > 1)
                return;
        for (size_t i = 0; i < job->n; i++)
                history_facts_clear(&job->questions[i].facts);
        (void)fd_close(job->event_fd);
        free(job);
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

static void *job_main(void *userdata)
{
        struct job *job = userdata;
        _cleanup_close_ int proc_fd = proc_open();
        _cleanup_close_ int root_fd = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);

        (void)pthread_setname_np(pthread_self(), "whose");
        for (size_t i = 0; i < job->n; i++)
                answer(proc_fd, root_fd, &job->questions[i]);
        (void)eventfd_write(job->event_fd, 1);
        job_leave(job);
        return NULL;
}

/* Ends the loop's interest: the thread frees the job if it is still at it. */
static void abandon(struct whose *w)
{
        w->source = sd_event_source_disable_unref(w->source);
        if (w->job)
                job_leave(w->job);
        w->job = NULL;
}

static int on_answered(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
        struct whose *w = userdata;
        eventfd_t ignored;

        /* The read, not the wake-up, is what orders all that the thread has written before us. */
        if (eventfd_read(fd, &ignored) < 0)
                return 0;
        for (size_t i = 0; i < w->job->n; i++)
                ledger_note_history(w->findings->ledger, &w->job->questions[i].id,
                                    &w->job->questions[i].facts);
        abandon(w);
        whose_update(w);
        return 0;
}

static struct job *make_job(const struct history *h)
{
        struct job *job = calloc(1, sizeof(*job));

        if (!job)
                return NULL;
        job->n_users = 2;
        job->event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        for (const struct history_entry *e = history_next(h, NULL); e && job->n < BATCH_MAX;
             e = history_next(h, e))
                job->questions[job->n++] = (struct question){.id = e->id, .task = e->task};
        return job;
}

void whose_update(struct whose *w)
{
        const struct history *h = ledger_history(w->findings->ledger);

        if (w->job || !history_next(h, NULL))
                return;
        struct job *job = make_job(h);
        if (!job)
                return;
        int r = job->event_fd < 0 ? -EMFILE
                                  : sd_event_add_io(w->event, &w->source, job->event_fd, EPOLLIN,
                                                    on_answered, w);
        w->job = job;
        if (r >= 0)
                r = thread_start_detached(job_main, job, STACK_SIZE);
        if (r < 0) {            /* with the next scan, then */
                job_leave(job); /* in place of the thread */
                abandon(w);
        }
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
        if (w)
                abandon(w);
        free(w);
        return NULL;
}
