/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Inspect: what is inside one namespace, and who holds it. Looking inside may wait for locks of the
 * kernel and for foreign sockets, so each call has a thread of its own, which the loop never waits
 * for. The thread reads the census of the last scan and nothing else of the daemon's. */

#include <pthread.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <utlist.h>

#include "inspect/inspection.h"
#include "nsorphand/service-methods.h"
#include "report/json-ledger.h"
#include "report/json_inspection.h"

/* So many at a time; one that is stuck counts until the kernel lets it go. */
#define INSPECTIONS_MAX 8

#define STACK_SIZE ((size_t)512 * 1024)

struct inspect_job {
        struct service *service;
        struct varlink_call *call; /* NULL: the caller is gone */
        struct snapshot *snapshot;
        const struct netns *netns; /* in it */
        int event_fd;
        sd_event_source *source;
        json_t *result; /* the thread's, until event_fd is readable; NULL: out of memory */
        struct inspect_job *prev, *next;
};

static void job_drop_call(struct inspect_job *job)
{
        if (job->call)
                varlink_call_on_gone(job->call, NULL, NULL);
        job->call = varlink_call_unref(job->call);
}

static void job_free(struct inspect_job *job)
{
        DL_DELETE(job->service->inspections, job);
        job_drop_call(job);
        sd_event_source_disable_unref(job->source);
        (void)fd_close(job->event_fd);
        snapshot_unref(job->snapshot);
        json_decref(job->result);
        free(job);
}

void inspections_abandon(struct service *s)
{
        struct inspect_job *job, *next;

        DL_FOREACH_SAFE(s->inspections, job, next)
        {
                /* Its thread may still write to it: what it needs stays until the process ends. */
                DL_DELETE(s->inspections, job);
                job_drop_call(job);
                job->source = sd_event_source_disable_unref(job->source);
        }
}

static void on_gone(struct varlink_call *call, void *userdata)
{
        job_drop_call(userdata);
}

static void *inspect_main(void *userdata)
{
        struct inspect_job *job = userdata;
        _cleanup_(inspection_freep) struct inspection *i = NULL;

        (void)pthread_setname_np(pthread_self(), "inspect");
        /* Nothing that takes a process's mmap lock: no command lines. */
        if (inspection_new(job->snapshot->census, job->netns, 0, &i) >= 0)
                job->result = json_inspection(i);
        i = inspection_free(i);
        (void)eventfd_write(job->event_fd, 1);
        return NULL;
}

static int start_thread(struct inspect_job *job)
{
        pthread_attr_t attr;
        pthread_t thread;
        sigset_t all, before;

        int r = pthread_attr_init(&attr);
        if (r > 0)
                return -r;
        (void)pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
        (void)pthread_attr_setstacksize(&attr, STACK_SIZE);
        (void)sigfillset(&all);
        (void)pthread_sigmask(SIG_SETMASK, &all, &before);
        r = pthread_create(&thread, &attr, inspect_main, job);
        (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
        (void)pthread_attr_destroy(&attr);
        return -r;
}

static int on_inspected(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
        struct inspect_job *job = userdata;
        const struct ledger *ledger = job->service->daemon->ledger;

        /* A failed answer ends the connection by itself when the call is released. */
        if (job->call && job->result)
                (void)varlink_call_reply(
                        job->call,
                        json_pack("{so sO}", "namespace",
                                  json_netns_with_entry(job->netns,
                                                        ledger_find(ledger, &job->netns->id)),
                                  "inspection", job->result));
        job_free(job);
        return 0;
}

static int start(struct service *s, struct varlink_call *call, const struct netns *ns)
{
        struct inspect_job *job = calloc(1, sizeof(*job));
        if (!job)
                return -ENOMEM;
        *job = (struct inspect_job){
                .service = s,
                .call = varlink_call_ref(call),
                .snapshot = snapshot_ref(s->daemon->last),
                .netns = ns,
                .event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK),
        };
        DL_APPEND(s->inspections, job);
        int r = job->event_fd < 0 ? negative_errno()
                                  : sd_event_add_io(s->daemon->event, &job->source, job->event_fd,
                                                    EPOLLIN, on_inspected, job);
        if (r >= 0)
                r = start_thread(job);
        if (r < 0) {
                job_free(job);
                return r;
        }
        varlink_call_on_gone(call, on_gone, job);
        return 0;
}

int method_inspect(struct varlink_call *call, json_t *parameters, void *userdata)
{
        struct service *s = userdata;
        const struct inspect_job *job;
        const struct netns *ns;
        size_t n;

        if (!s->daemon->last)
                return service_wait(s, call, parameters, 0, method_inspect);
        int r = service_find_netns(s, call, parameters, &ns);
        if (r <= 0)
                return r;
        DL_COUNT(s->inspections, job, n);
        if (n >= INSPECTIONS_MAX)
                return varlink_call_error(call, INTERFACE ".TooManyInspections", json_object());
        return start(s, call, ns);
}
