/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "census/worker.h"

#include <fcntl.h>
#include <linux/ioprio.h>
#include <pthread.h>
#include <stdalign.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include "census/teller.h"
#include "proc/dents.h"
#include "proc/stat.h"
#include "util/thread.h"

/* Far more than a walk needs; the default is 8 MiB of address space for each. */
#define STACK_SIZE (512 * 1024)

enum worker_state { WORKER_IDLE, WORKER_SCANNING, WORKER_DONE, WORKER_QUIT };

/* With all that they point to. */
struct worker_options {
        struct scan_options scan;
        pid_t *skip;
        struct scan_wary *wary;
        struct netns_identity *ask;
        char *not_bpf;
};

/* Shared by the thread and the loop; whoever leaves last frees it. */
struct worker {
        pthread_mutex_t mutex;
        pthread_cond_t wake;
        enum worker_state state;
        unsigned n_users;
        bool idle;
        int event_fd;
        struct scan_progress progress;

        struct worker_options options;

        int result;
        struct census *census;
        struct error error;
};

/* A new copy of an array, which is never NULL but when out of memory. */
static void *copy_array(const void *from, size_t n, size_t size)
{
        void *copy = calloc(n + 1, size);

        if (copy && n > 0)
                memcpy(copy, from, n * size);
        return copy;
}

static void options_deinit(struct worker_options *o)
{
        free(o->skip);
        free(o->wary);
        free(o->ask);
        free(o->not_bpf);
        teller_unref(o->scan.teller);
}

/* All that @from points to is the caller's, and may be gone when the thread begins. */
static int options_copy(struct worker_options *ret, const struct scan_options *from)
{
        struct worker_options o = {
                .scan = *from,
                .skip = copy_array(from->skip, from->n_skip, sizeof(*from->skip)),
                .wary = copy_array(from->wary, from->n_wary, sizeof(*from->wary)),
                .ask = copy_array(from->ask, from->n_ask, sizeof(*from->ask)),
                .not_bpf = from->not_bpf ? strdup(from->not_bpf) : NULL,
        };

        (void)teller_ref(o.scan.teller);
        if (!o.skip || !o.wary || !o.ask || (from->not_bpf && !o.not_bpf)) {
                options_deinit(&o);
                return -ENOMEM;
        }
        o.scan.skip = o.skip;
        o.scan.wary = o.wary;
        o.scan.ask = o.ask;
        o.scan.not_bpf = o.not_bpf;
        *ret = o;
        return 0;
}

static void worker_destroy(struct worker *w)
{
        (void)pthread_cond_destroy(&w->wake);
        (void)pthread_mutex_destroy(&w->mutex);
        fd_close(w->event_fd);
        census_free(w->census);
        options_deinit(&w->options);
        free(w);
}

static void worker_leave(struct worker *w)
{
        (void)pthread_mutex_lock(&w->mutex);
        bool last = --w->n_users == 0;
        (void)pthread_mutex_unlock(&w->mutex);
        if (last)
                worker_destroy(w);
}

/* Best effort: a scan at normal priority is no reason not to scan.
 *
 * Not SCHED_IDLE: on a host that is busy for long such a thread gets next to nothing. Measured with
 * four busy loops on its CPU: a scan of 10 ms did not end within a minute, nor did the process when
 * it was killed, and whoever waits for a lock the thread holds waits as long. At nice 19 it gets
 * one part in seventy against each of them. */
static void be_idle(void)
{
        /* Of this thread alone, whatever POSIX says: setpriority(2). */
        (void)setpriority(PRIO_PROCESS, 0, 19);
        (void)syscall(SYS_ioprio_set, IOPRIO_WHO_PROCESS, 0,
                      IOPRIO_PRIO_VALUE(IOPRIO_CLASS_IDLE, 0));
}

/* Waits for a job. False: quit. */
static bool wait_for_job(struct worker *w)
{
        (void)pthread_mutex_lock(&w->mutex);
        while (w->state != WORKER_SCANNING && w->state != WORKER_QUIT)
                (void)pthread_cond_wait(&w->wake, &w->mutex);
        bool job = w->state == WORKER_SCANNING;
        (void)pthread_mutex_unlock(&w->mutex);
        return job;
}

static void hand_over(struct worker *w, int result, struct census *census,
                      const struct error *error)
{
        (void)pthread_mutex_lock(&w->mutex);
        w->result = result;
        w->census = census;
        w->error = *error;
        if (w->state == WORKER_SCANNING)
                w->state = WORKER_DONE;
        (void)pthread_mutex_unlock(&w->mutex);
        (void)eventfd_write(w->event_fd, 1);
}

static void *worker_main(void *userdata)
{
        struct worker *w = userdata;
        /* Kept from scan to scan: it remembers what need not be asked again. */
        struct scan *scanner = NULL;

        (void)pthread_setname_np(pthread_self(), "scan");
        if (w->idle)
                be_idle();
        while (wait_for_job(w)) {
                struct census *census = NULL;
                struct error error = {};

                int r = scanner ? 0 : scan_new(&scanner, &error);
                if (r >= 0)
                        r = scan_make(scanner, &w->options.scan, &w->progress, &census, &error);
                hand_over(w, r, census, &error);
        }
        scan_free(scanner);
        worker_leave(w);
        return NULL;
}

int worker_new(struct worker **ret, bool idle, struct error *error)
{
        struct worker *w = calloc(1, sizeof(*w));
        if (!w)
                return error_oom(error);
        (void)pthread_mutex_init(&w->mutex, NULL);
        (void)pthread_cond_init(&w->wake, NULL);
        w->idle = idle;
        w->n_users = 2;
        w->event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        int r = w->event_fd < 0 ? negative_errno()
                                : thread_start_detached(worker_main, w, STACK_SIZE);
        if (r < 0) {
                worker_destroy(w);
                return error_set_errno(error, r, "Failed to start a thread for scans");
        }
        *ret = w;
        return 0;
}

void worker_give_up(struct worker *w)
{
        atomic_store(&w->progress.cancel, true);
}

struct worker *worker_free(struct worker *w)
{
        if (!w)
                return NULL;
        worker_give_up(w);
        (void)pthread_mutex_lock(&w->mutex);
        w->state = WORKER_QUIT;
        (void)pthread_cond_signal(&w->wake);
        (void)pthread_mutex_unlock(&w->mutex);
        worker_leave(w);
        return NULL;
}

int worker_start(struct worker *w, const struct scan_options *options)
{
        struct worker_options copy;
        int r = options_copy(&copy, options);

        if (r < 0)
                return r;
        (void)pthread_mutex_lock(&w->mutex);
        r = w->state == WORKER_IDLE ? 0 : -EBUSY;
        if (r == 0) {
                struct worker_options before = w->options;
                w->options = copy;
                copy = before;
                w->state = WORKER_SCANNING;
                (void)pthread_cond_signal(&w->wake);
        }
        (void)pthread_mutex_unlock(&w->mutex);
        /* Those of the scan before, or those that were not taken. */
        options_deinit(&copy);
        return r;
}

int worker_fd(const struct worker *w)
{
        return w->event_fd;
}

int worker_take(struct worker *w, struct census **ret, struct error *error)
{
        eventfd_t ignored;
        int r = -EAGAIN;

        (void)eventfd_read(w->event_fd, &ignored);
        (void)pthread_mutex_lock(&w->mutex);
        if (w->state == WORKER_DONE) {
                r = w->result;
                *ret = TAKE_PTR(w->census);
                *error = w->error;
                w->state = WORKER_IDLE;
        }
        (void)pthread_mutex_unlock(&w->mutex);
        return r;
}

struct scan_progress *worker_progress(struct worker *w)
{
        return &w->progress;
}

/* Whether the thread, by its directory below @task_fd, runs or could. */
static bool thread_is_runnable(int task_fd, const char *tid)
{
        struct proc_stat stat;

        _cleanup_close_ int dir = openat(task_fd, tid, O_PATH | O_DIRECTORY | O_CLOEXEC);
        return dir >= 0 && proc_stat_read(dir, &stat) >= 0 && stat.state == 'R';
}

bool worker_waits_for_cpu(void)
{
        alignas(8) char buffer[1024];
        const char *name;
        uint64_t tid;

        _cleanup_close_ int tasks = open("/proc/self/task", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (tasks < 0)
                return false;
        struct dents d = DENTS_INIT(tasks, buffer, sizeof(buffer));
        while (dents_next(&d, &tid, &name) > 0)
                if (tid != (uint64_t)getpid() && thread_is_runnable(tasks, name))
                        return true;
        return false;
}
