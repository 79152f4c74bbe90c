/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "nsorphand/job.h"

#include <pthread.h>
#include <stdatomic.h>
#include <sys/eventfd.h>

#include "util/macro.h"
#include "util/thread.h"

/* The loop's and the thread's: the last of the two frees it. */
struct job {
        _Atomic unsigned n_users;
        const struct job_kind *kind;
        void *task; /* the thread's, until event_fd is readable */
        job_done_fn done;
        void *userdata;
        int event_fd;
        sd_event_source *source;
};

static void job_leave(struct job *job)
{
        if (atomic_fetch_sub(&job->n_users, 1) > 1)
                return;
        (void)fd_close(job->event_fd);
        job->kind->free(job->task);
        free(job);
}

static void *job_main(void *userdata)
{
        struct job *job = userdata;

        (void)pthread_setname_np(pthread_self(), job->kind->name);
        job->kind->work(job->task);
        (void)eventfd_write(job->event_fd, 1);
        job_leave(job);
        return NULL;
}

static int on_ended(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
        struct job *job = userdata;
        eventfd_t ignored;

        /* The read, not the wake-up, is what orders all that the thread has written before us. */
        if (eventfd_read(fd, &ignored) < 0)
                return 0;
        job->done(job->task, job->userdata);
        job_abandon(job);
        return 0;
}

int job_start(struct job **ret, sd_event *event, const struct job_kind *kind, void *task,
              job_done_fn done, void *userdata)
{
        struct job *job = calloc(1, sizeof(*job));

        if (!job) {
                kind->free(task);
                return -ENOMEM;
        }
        *job = (struct job){
                .n_users = 2,
                .kind = kind,
                .task = task,
                .done = done,
                .userdata = userdata,
                .event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK),
        };
        int r = job->event_fd < 0 ? negative_errno()
                                  : sd_event_add_io(event, &job->source, job->event_fd, EPOLLIN,
                                                    on_ended, job);
        if (r >= 0)
                r = thread_start_detached(job_main, job, kind->stack_size);
        if (r < 0) {
                job_leave(job); /* in place of the thread */
                job_abandon(job);
                return r;
        }
        *ret = job;
        return 0;
}

void job_abandon(struct job *job)
{
        /* Not by the thread: sources are the loop's. */
        job->source = sd_event_source_disable_unref(job->source);
        job_leave(job);
}
