/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "nsorphand/inspect-job.h"

#include <pthread.h>
#include <stdatomic.h>
#include <sys/eventfd.h>

#include "inspect/inspection.h"
#include "report/json-inspection.h"
#include "util/thread.h"

#define STACK_SIZE ((size_t)512 * 1024)

/* The loop's and the thread's: whoever leaves last frees it. */
struct inspect_job {
        _Atomic unsigned n_users;
        struct snapshot *snapshot;
        const struct netns *netns; /* in it */
        inspect_done_fn done;
        void *userdata;
        int event_fd;
        sd_event_source *source;
        struct inspect_result result; /* the thread's, until event_fd is readable */
};

static void job_leave(struct inspect_job *job)
{
        if (atomic_fetch_sub(&job->n_users, 1) > 1)
                return;
        (void)fd_close(job->event_fd);
        snapshot_unref(job->snapshot);
        json_decref(job->result.json);
        free(job->result.interfaces);
        free(job->result.addresses);
        free(job);
}

static void *inspect_main(void *userdata)
{
        struct inspect_job *job = userdata;
        struct inspect_result *result = &job->result;
        _cleanup_(inspection_freep) struct inspection *i = NULL;

        (void)pthread_setname_np(pthread_self(), "inspect");
        /* Nothing that takes a process's mmap lock: no command lines. */
        if (inspection_new(job->snapshot->census, job->netns, 0, &i) >= 0) {
                result->json = json_inspection(i);
                if (i->inside)
                        (void)inside_summary(i->inside, &result->interfaces, &result->addresses);
        }
        i = inspection_free(i);
        (void)eventfd_write(job->event_fd, 1);
        job_leave(job);
        return NULL;
}

static int on_inspected(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
        struct inspect_job *job = userdata;
        eventfd_t ignored;

        /* The read, not the wake-up, is what orders all that the thread has written before us. */
        if (eventfd_read(fd, &ignored) < 0)
                return 0;
        job->done(job->netns, &job->result, job->userdata);
        inspect_job_abandon(job);
        return 0;
}

int inspect_job_start(struct inspect_job **ret, sd_event *event, struct snapshot *snapshot,
                      const struct netns *ns, inspect_done_fn done, void *userdata)
{
        struct inspect_job *job = calloc(1, sizeof(*job));
        if (!job)
                return -ENOMEM;
        *job = (struct inspect_job){
                .n_users = 2,
                .snapshot = snapshot_ref(snapshot),
                .netns = ns,
                .done = done,
                .userdata = userdata,
                .event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK),
        };
        int r = job->event_fd < 0 ? negative_errno()
                                  : sd_event_add_io(event, &job->source, job->event_fd, EPOLLIN,
                                                    on_inspected, job);
        if (r >= 0)
                r = thread_start_detached(inspect_main, job, STACK_SIZE);
        if (r < 0) {
                job_leave(job); /* in place of the thread */
                inspect_job_abandon(job);
                return r;
        }
        *ret = job;
        return 0;
}

void inspect_job_abandon(struct inspect_job *job)
{
        /* Not by the thread: sources are the loop's. */
        job->source = sd_event_source_disable_unref(job->source);
        job_leave(job);
}
