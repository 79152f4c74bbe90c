/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "nsorphand/schedule.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "census/stall.h"
#include "census/worker.h"
#include "nsorphand/wary.h"
#include "util/clock.h"
#include "util/file.h"
#include "util/log.h"
#include "util/text.h"

/* A scan may take so much of the time from one to the next; a slower one makes that longer. */
#define SHARE_MAX 4

/* While a scan runs, its progress is looked at so often in the time it may stand still. */
#define LOOKS 4

/* The scan waits for nothing: others may be woken at the same moment. */
#define ACCURACY_USEC USEC_PER_SEC

struct left_behind {
        struct worker *worker;
        sd_event_source *source;
        struct schedule_skipped skipped; /* key.pid 0: it was at no process */
        char share[FAIR_SHARE_NAME_MAX]; /* whom that is charged to */
};

struct schedule {
        sd_event *event;
        struct schedule_events events;
        void *userdata;

        uint64_t configured_usec, interval_usec;
        bool is_by_bpf; /* the last scan */
        uint64_t stuck_usec;
        struct scan_options options;
        struct fork_server *fork_server;
        bool idle;

        struct worker *worker; /* NULL: to be made for the next scan */
        bool worker_is_idle;   /* its priority */
        sd_event_source *worker_source;
        sd_event_source *next_timer;
        sd_event_source *look_timer;

        uint64_t scan; /* number of the scan that runs, or of the last one */
        bool running;
        bool again; /* somebody asked while it ran */
        uint64_t start_realtime, start_monotonic;
        struct stall stall;
        bool stretched;

        struct left_behind left[SCHEDULE_LEFT_BEHIND_MAX];
        size_t n_left;
        struct schedule_skipped skipped[SCHEDULE_LEFT_BEHIND_MAX];
        size_t n_skipped;
};

#define PROCESS_NAME_MAX 128

/* "process 12 (name)". The name is read without any lock that a stuck process could hold. */
static const char *process_name(pid_t pid, char buffer[static PROCESS_NAME_MAX])
{
        _cleanup_free_ char *comm = NULL, *shown = NULL;
        char path[64];

        if (pid <= 0)
                return strcpy(buffer, "some process");
        (void)snprintf(path, sizeof(path), "/proc/%d/comm", pid);
        if (file_read_at(AT_FDCWD, path, 64, &comm, NULL) >= 0) {
                comm[strcspn(comm, "\n")] = '\0';
                shown = text_escape_string(comm);
        }
        (void)snprintf(buffer, PROCESS_NAME_MAX, shown ? "process %d (%s)" : "process %d", pid,
                       shown);
        return buffer;
}

static void timer_set(sd_event_source *timer, uint64_t at)
{
        /* Can not fail for a timer that was made without trouble. */
        (void)sd_event_source_set_time(timer, at);
        (void)sd_event_source_set_enabled(timer, SD_EVENT_ONESHOT);
}

static void timer_stop(sd_event_source *timer)
{
        (void)sd_event_source_set_enabled(timer, SD_EVENT_OFF);
}

/* With `auto`: a scan by BPF takes a hundredth of one by procfs. */
#define INTERVAL_BPF_USEC    (5 * USEC_PER_SEC)
#define INTERVAL_PROCFS_USEC (60 * USEC_PER_SEC)

static void set_interval(struct schedule *s)
{
        s->interval_usec = s->configured_usec != CONFIG_INTERVAL_AUTO ? s->configured_usec
                           : s->is_by_bpf                             ? INTERVAL_BPF_USEC
                                                                      : INTERVAL_PROCFS_USEC;
}

uint64_t schedule_interval(const struct schedule *s)
{
        return s->interval_usec;
}

/* The end of a scan, whatever it brought: when is the next one? */
static void plan_next(struct schedule *s, uint64_t duration)
{
        uint64_t period = MAX(s->interval_usec, duration * SHARE_MAX);
        char took[TEXT_TIMESPAN_MAX], every[TEXT_TIMESPAN_MAX];

        timer_stop(s->look_timer);
        s->running = false;
        if (period > s->interval_usec && !s->stretched)
                log_notice("A scan took %s: scanning every %s instead of Interval=, so that scans "
                           "take no more than a quarter of the time",
                           text_format_duration(took, duration),
                           text_format_duration(every, period));
        s->stretched = period > s->interval_usec;
        timer_set(s->next_timer, s->again ? 0 : s->start_monotonic + period);
        s->again = false;
}

static void update_skipped(struct schedule *s)
{
        s->n_skipped = 0;
        for (size_t i = 0; i < s->n_left; i++)
                if (s->left[i].skipped.pid > 0)
                        s->skipped[s->n_skipped++] = s->left[i].skipped;
}

/* The kernel has let go of a thread that was left behind: its process is scanned again. */
static int on_return(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
        struct schedule *s = userdata;
        char name[PROCESS_NAME_MAX];

        for (size_t i = 0; i < s->n_left; i++) {
                struct left_behind *left = &s->left[i];
                if (left->source != source)
                        continue;
                log_notice("The scan that was stuck %s %s has come back; nothing is left out for "
                           "its sake any more",
                           scan_step_text(left->skipped.step),
                           process_name(left->skipped.pid, name));
                /* First the watch: the worker's thread may close what is watched at any time. */
                left->source = sd_event_source_disable_unref(left->source);
                left->worker = worker_free(left->worker);
                s->left[i] = s->left[--s->n_left];
                update_skipped(s);
                break;
        }
        return 0;
}

static int on_worker(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
        struct schedule *s = userdata;
        struct census *census = NULL;
        struct error error = {};

        int r = worker_take(s->worker, &census, &error);
        if (r == -EAGAIN)
                return 0;
        uint64_t duration = clock_usec(CLOCK_MONOTONIC) - s->start_monotonic;
        if (r >= 0)
                s->is_by_bpf = census_is_by_bpf(census);
        set_interval(s);
        plan_next(s, duration);
        if (r < 0)
                s->events.failed(s->scan, *error.text ? error.text : strerror(-r), s->userdata);
        else
                s->events.finished(s->scan, census, s->userdata);
        if (duration > s->interval_usec)
                s->events.overran(duration, NULL, s->userdata);
        return 0;
}

static int worker_renew(struct schedule *s, struct error *error)
{
        s->worker_source = sd_event_source_disable_unref(s->worker_source);
        s->worker = worker_free(s->worker);
        int r = worker_new(&s->worker, s->idle, error);
        if (r < 0)
                return r;
        s->worker_is_idle = s->idle;
        r = sd_event_add_io(s->event, &s->worker_source, worker_fd(s->worker), EPOLLIN, on_worker,
                            s);
        if (r < 0) {
                s->worker = worker_free(s->worker);
                return error_set_errno(error, r, "Can't watch the thread for scans");
        }
        return 0;
}

/* Whom the scan is to be wary of: room for SCHEDULE_LEFT_BEHIND_MAX in @wary. */
static void find_wary(const struct schedule *s, struct scan_wary *wary, struct scan_options *ret)
{
        struct wary_stuck stuck[SCHEDULE_LEFT_BEHIND_MAX];

        for (size_t i = 0; i < s->n_left; i++) {
                stuck[i].pid = s->left[i].skipped.pid;
                stuck[i].step = s->left[i].skipped.step;
                memcpy(stuck[i].share, s->left[i].share, sizeof(stuck[i].share));
        }
        ret->wary = wary;
        ret->n_wary = wary_find(stuck, s->n_left, SCHEDULE_LEFT_BEHIND_MAX, wary, &ret->no_maps);
}

static void scan_start(struct schedule *s)
{
        struct error error = {};
        struct scan_wary wary[SCHEDULE_LEFT_BEHIND_MAX];
        pid_t skip[SCHEDULE_LEFT_BEHIND_MAX + 1];
        struct scan_options options = s->options;
        _cleanup_free_ struct netns_identity *known = s->events.known(&options.n_ask, s->userdata);
        int r = 0;

        options.ask = known;
        find_wary(s, wary, &options);
        s->scan++;
        s->start_realtime = clock_usec(CLOCK_REALTIME);
        s->start_monotonic = clock_usec(CLOCK_MONOTONIC);
        for (size_t i = 0; i < s->n_skipped; i++)
                skip[i] = s->skipped[i].pid;
        options.skip = skip;
        options.n_skip = s->n_skipped;
        /* What a scan is stuck with may be a duplicate in our own fd table. */
        if (s->n_left > 0)
                skip[options.n_skip++] = getpid();

        if (!s->worker && s->n_left == SCHEDULE_LEFT_BEHIND_MAX)
                r = error_set(&error, EBUSY,
                              "%u scans are stuck in the kernel; scanning goes on when one of "
                              "them comes back",
                              SCHEDULE_LEFT_BEHIND_MAX);
        else if (!s->worker || s->worker_is_idle != s->idle)
                r = worker_renew(s, &error);
        if (r >= 0)
                r = worker_start(s->worker, &options);
        if (r < 0) {
                plan_next(s, 0);
                s->events.failed(s->scan, *error.text ? error.text : strerror(-r), s->userdata);
                return;
        }
        stall_begin(&s->stall, atomic_load(&worker_progress(s->worker)->beats), s->start_monotonic);
        s->running = true;
        timer_stop(s->next_timer);
        timer_set(s->look_timer, s->start_monotonic + s->stuck_usec / LOOKS);
}

static int on_next(sd_event_source *source, uint64_t usec, void *userdata)
{
        struct schedule *s = userdata;

        if (!s->running)
                scan_start(s);
        return 0;
}

/* Leaves the worker to itself. Its thread may sit in the kernel for ever; nobody waits for it. */
static void leave_behind(struct schedule *s, const struct schedule_running *running)
{
        struct left_behind *left = &s->left[s->n_left++];

        s->worker_source = sd_event_source_disable_unref(s->worker_source);
        *left = (struct left_behind){
                .worker = TAKE_PTR(s->worker),
                .skipped = {running->pid, running->step, clock_usec(CLOCK_REALTIME)},
        };
        struct wary_stuck stuck = {.pid = running->pid};
        wary_name(&stuck);
        memcpy(left->share, stuck.share, sizeof(left->share));
        worker_give_up(left->worker);
        /* Without it the process stays left out until the daemon starts anew. */
        int r = sd_event_add_io(s->event, &left->source, worker_fd(left->worker), EPOLLIN,
                                on_return, s);
        if (r < 0)
                log_warning("Can't watch for the return of the stuck scan: %s", strerror(-r));
        update_skipped(s);
}

static void give_up(struct schedule *s, const struct schedule_running *running)
{
        char span[TEXT_TIMESPAN_MAX], name[PROCESS_NAME_MAX], sentence[512];
        uint64_t seconds = running->idle_usec / USEC_PER_SEC;

        (void)snprintf(sentence, sizeof(sentence), "it has been stuck for %s %s %s",
                       text_format_timespan(span, seconds * USEC_PER_SEC),
                       scan_step_text(running->step), process_name(running->pid, name));
        log_warning("A scan does not get on: %s; scanning goes on without that process", sentence);
        leave_behind(s, running);
        s->again = true;
        plan_next(s, 0);
        s->events.overran(clock_usec(CLOCK_MONOTONIC) - s->start_monotonic, sentence, s->userdata);
}

static int on_look(sd_event_source *source, uint64_t usec, void *userdata)
{
        struct schedule *s = userdata;
        struct schedule_running running = {};
        uint64_t now = clock_usec(CLOCK_MONOTONIC);

        if (!s->running)
                return 0;
        (void)stall_look(&s->stall, atomic_load(&worker_progress(s->worker)->beats),
                         worker_waits_for_cpu(), now);
        (void)schedule_get_running(s, &running);
        if (running.idle_usec >= s->stuck_usec) {
                give_up(s, &running);
                return 0;
        }
        if (now - s->start_monotonic > s->interval_usec)
                s->events.overran(now - s->start_monotonic, NULL, s->userdata);
        timer_set(s->look_timer, now + s->stuck_usec / LOOKS);
        return 0;
}

int schedule_new(struct schedule **ret, sd_event *event, const struct config *config,
                 struct fork_server *fork_server, const struct schedule_events *events,
                 void *userdata, struct error *error)
{
        _cleanup_(schedule_freep) struct schedule *s = calloc(1, sizeof(*s));
        if (!s)
                return error_oom(error);
        s->event = sd_event_ref(event);
        s->events = *events;
        s->userdata = userdata;
        s->fork_server = fork_server;
        schedule_configure(s, config);
        int r = worker_renew(s, error);
        if (r < 0)
                return r;
        r = sd_event_add_time(event, &s->next_timer, CLOCK_MONOTONIC, 0, ACCURACY_USEC, on_next, s);
        if (r >= 0)
                r = sd_event_add_time(event, &s->look_timer, CLOCK_MONOTONIC, 0, ACCURACY_USEC,
                                      on_look, s);
        if (r < 0)
                return error_set_errno(error, r, "Can't make a timer");
        timer_stop(s->look_timer);
        *ret = TAKE_PTR(s);
        return 0;
}

struct schedule *schedule_free(struct schedule *s)
{
        if (!s)
                return NULL;
        for (size_t i = 0; i < s->n_left; i++) {
                sd_event_source_disable_unref(s->left[i].source);
                worker_free(s->left[i].worker);
        }
        sd_event_source_disable_unref(s->worker_source);
        sd_event_source_disable_unref(s->next_timer);
        sd_event_source_disable_unref(s->look_timer);
        worker_free(s->worker);
        sd_event_unref(s->event);
        free(s);
        return NULL;
}

void schedule_configure(struct schedule *s, const struct config *config)
{
        s->configured_usec = config->interval_usec;
        set_interval(s);
        s->stuck_usec = config->stuck_usec;
        s->options = (struct scan_options){
                .source = config->source,
                .deep = config->deep,
                .yields = true,
                .threads = config->threads,
                .fork_server = s->fork_server,
        };
        s->idle = config->idle_priority;
        if (s->next_timer)
                schedule_not_later_than(s, s->interval_usec);
}

uint64_t schedule_request(struct schedule *s)
{
        if (s->running) {
                s->again = true;
                return s->scan + 1;
        }
        timer_set(s->next_timer, 0);
        return s->scan + 1;
}

void schedule_not_later_than(struct schedule *s, uint64_t delay_usec)
{
        uint64_t at, wanted = clock_usec(CLOCK_MONOTONIC) + delay_usec;

        if (!s->running && sd_event_source_get_time(s->next_timer, &at) >= 0 && at > wanted)
                timer_set(s->next_timer, wanted);
}

bool schedule_get_running(const struct schedule *s, struct schedule_running *ret)
{
        if (!s->running)
                return false;
        const struct scan_progress *progress = worker_progress(s->worker);
        uint64_t now = clock_usec(CLOCK_MONOTONIC);
        bool moved = atomic_load(&progress->beats) != s->stall.beats;
        *ret = (struct schedule_running){
                .start_usec = s->start_realtime,
                .step = (enum scan_step)atomic_load(&progress->step),
                .pid = atomic_load(&progress->pid),
                .idle_usec = moved ? 0 : stall_idle(&s->stall, now),
        };
        return true;
}

uint64_t schedule_until_next(const struct schedule *s)
{
        uint64_t at, now = clock_usec(CLOCK_MONOTONIC);

        if (s->running || sd_event_source_get_time(s->next_timer, &at) < 0)
                return UINT64_MAX;
        return at > now ? at - now : 0;
}

const struct schedule_skipped *schedule_skipped(const struct schedule *s, size_t *ret_n)
{
        *ret_n = s->n_skipped;
        return s->skipped;
}
