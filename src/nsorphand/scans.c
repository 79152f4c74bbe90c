/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "nsorphand/scans.h"

#include <stdio.h>
#include <string.h>

#include "census/teller.h"
#include "nsorphand/schedule.h"
#include "util/clock.h"
#include "util/log.h"
#include "util/text.h"

/* The scan waits for nothing: others may be woken at the same moment. */
#define ACCURACY_USEC USEC_PER_SEC

struct scans {
        sd_event *event;
        struct scans_events events;
        void *userdata;

        struct schedule schedule;
        struct scan_options options;
        struct fork_server *fork_server;
        struct teller *teller; /* NULL: none */
        bool idle;

        struct worker *worker; /* NULL: to be made for the next scan */
        bool worker_is_idle;   /* its priority */
        sd_event_source *worker_source;
        sd_event_source *next_timer; /* CLOCK_BOOTTIME: a host that has slept is looked at */
        sd_event_source *look_timer;

        char not_bpf[sizeof(
                ((struct census *)NULL)->not_bpf)]; /* what a cross-check found; empty */

        uint64_t start_realtime; /* of the scan that runs */
        uint64_t start_cpu;      /* CPU time of all threads then */
        struct left_behind left;
};

static uint64_t now(void)
{
        return clock_usec(CLOCK_MONOTONIC);
}

static void timer_set(sd_event_source *timer, uint64_t at)
{
        /* Cannot fail for a timer that was made without trouble. */
        (void)sd_event_source_set_time(timer, at);
        (void)sd_event_source_set_enabled(timer, SD_EVENT_ONESHOT);
}

static void timer_stop(sd_event_source *timer)
{
        (void)sd_event_source_set_enabled(timer, SD_EVENT_OFF);
}

/* To be called when the next scan may have become due at another time. */
static void plan_next(struct scans *s)
{
        uint64_t delay = schedule_until_next(&s->schedule, now());

        if (s->schedule.running)
                timer_stop(s->next_timer);
        else
                /* What is due now is not to wait until others are woken. */
                timer_set(s->next_timer, delay > 0 ? clock_usec(CLOCK_BOOTTIME) + delay : 0);
}

static void plan_look(struct scans *s)
{
        if (s->schedule.running)
                timer_set(s->look_timer, now() + schedule_until_look(&s->schedule));
        else
                timer_stop(s->look_timer);
}

static void log_stretched(uint64_t duration, uint64_t period)
{
        char took[TEXT_TIMESPAN_MAX], every[TEXT_TIMESPAN_MAX];

        log_notice("A scan took %s: scanning every %s instead of Interval=, so that scans "
                   "take no more than a quarter of the time",
                   text_format_duration(took, duration), text_format_duration(every, period));
}

static int on_worker(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
        struct scans *s = userdata;
        struct census *census = NULL;
        struct error error = {};

        int r = worker_take(s->worker, &census, &error);
        if (r == -EAGAIN)
                return 0;
        uint64_t end = now(), duration = end - s->schedule.start_usec, scan = s->schedule.scan;
        bool checked = s->schedule.checks;
        if (r >= 0) {
                schedule_set_source(&s->schedule, census_is_by_bpf(census));
                if (census->check.disagreements > 0)
                        memcpy(s->not_bpf, census->not_bpf, sizeof(s->not_bpf));
        }
        uint64_t busy = clock_usec(CLOCK_PROCESS_CPUTIME_ID) - s->start_cpu;
        if (schedule_end(&s->schedule, busy, end))
                log_stretched(duration, s->schedule.rested_usec - s->schedule.start_usec);
        plan_next(s);
        plan_look(s);
        if (r < 0)
                s->events.failed(scan, *error.text ? error.text : strerror(-r), s->userdata);
        else
                s->events.finished(scan, census, s->userdata);
        if (!checked && duration > s->schedule.interval_usec)
                s->events.overran(duration, NULL, s->userdata);
        return 0;
}

static int worker_renew(struct scans *s, struct error *error)
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
                return error_set_errno(error, r, "Failed to watch the thread for scans");
        }
        return 0;
}

/* Gives the worker its options. */
static int worker_begin(struct scans *s, bool checks, struct error *error)
{
        struct left_behind_options left_out;
        struct scan_options options = s->options;

        options.cross_check = checks;
        options.not_bpf = s->not_bpf[0] ? s->not_bpf : NULL;

        if (!s->worker && s->left.n_scans == LEFT_BEHIND_MAX)
                return error_set(error, EBUSY,
                                 "%u scans are stuck in the kernel; scanning goes on when one of "
                                 "them comes back",
                                 LEFT_BEHIND_MAX);
        if (!s->worker || s->worker_is_idle != s->idle) {
                int r = worker_renew(s, error);
                if (r < 0)
                        return r;
        }
        _cleanup_free_ struct netns_identity *known = s->events.known(&options.n_ask, s->userdata);
        options.ask = known;
        left_behind_apply(&s->left, &left_out, &options);
        return worker_start(s->worker, &options);
}

static int on_next(sd_event_source *source, uint64_t usec, void *userdata)
{
        struct scans *s = userdata;
        struct error error = {};

        if (s->schedule.running)
                return 0;
        s->start_realtime = clock_usec(CLOCK_REALTIME);
        s->start_cpu = clock_usec(CLOCK_PROCESS_CPUTIME_ID);
        /* What a walk over /proc gets stuck on must not take the threads that BPF needs. */
        bool checks =
                schedule_wants_check(&s->schedule, now()) && s->left.n_scans < LEFT_BEHIND_MAX / 2;
        int r = worker_begin(s, checks, &error);
        schedule_begin(&s->schedule, checks,
                       r < 0 ? 0 : atomic_load(&worker_progress(s->worker)->beats), now());
        if (r < 0)
                schedule_fail(&s->schedule);
        plan_next(s);
        plan_look(s);
        if (r < 0)
                s->events.failed(s->schedule.scan, *error.text ? error.text : strerror(-r),
                                 s->userdata);
        return 0;
}

/* Leaves the worker to itself. Its thread may sit in the kernel for ever; nobody waits for it. */
static void give_up(struct scans *s)
{
        char span[TEXT_TIMESPAN_MAX], name[LEFT_BEHIND_NAME_MAX], sentence[512];
        struct scans_running running = {};

        (void)scans_get_running(s, &running);
        uint64_t seconds = running.idle_usec / USEC_PER_SEC;
        (void)snprintf(sentence, sizeof(sentence), "it has been stuck for %s %s %s",
                       text_format_timespan(span, seconds * USEC_PER_SEC),
                       scan_progress_step_text(running.step), left_behind_name(running.pid, name));
        log_warning("Scan is stuck: %s, continuing without that process", sentence);
        s->worker_source = sd_event_source_disable_unref(s->worker_source);
        left_behind_add(&s->left, s->event, TAKE_PTR(s->worker), running.pid, running.step);
        (void)schedule_request(&s->schedule);
        schedule_fail(&s->schedule);
        plan_next(s);
        plan_look(s);
        s->events.overran(now() - s->schedule.start_usec, sentence, s->userdata);
}

static int on_look(sd_event_source *source, uint64_t usec, void *userdata)
{
        struct scans *s = userdata;
        uint64_t at = now();

        if (!s->schedule.running)
                return 0;
        switch (schedule_look(&s->schedule, atomic_load(&worker_progress(s->worker)->beats),
                              worker_waits_for_cpu(), at)) {
        case SCHEDULE_STUCK:
                give_up(s);
                return 0;
        case SCHEDULE_LATE:
                s->events.overran(at - s->schedule.start_usec, NULL, s->userdata);
                break;
        case SCHEDULE_FINE:
                break;
        }
        plan_look(s);
        return 0;
}

int scans_new(struct scans **ret, sd_event *event, const struct config *config,
              struct fork_server *fork_server, const struct scans_events *events, void *userdata,
              struct error *error)
{
        _cleanup_(scans_freep) struct scans *s = calloc(1, sizeof(*s));
        if (!s)
                return error_oom(error);
        s->event = sd_event_ref(event);
        s->events = *events;
        s->userdata = userdata;
        s->fork_server = fork_server;
        s->idle = config->idle_priority;
        int r = worker_renew(s, error);
        if (r < 0)
                return r;
        r = sd_event_add_time(event, &s->next_timer, CLOCK_BOOTTIME, 0, ACCURACY_USEC, on_next, s);
        if (r >= 0)
                r = sd_event_add_time(event, &s->look_timer, CLOCK_MONOTONIC, 0, ACCURACY_USEC,
                                      on_look, s);
        if (r < 0)
                return error_set_errno(error, r, "Failed to make a timer");
        scans_configure(s, config);
        *ret = TAKE_PTR(s);
        return 0;
}

struct scans *scans_free(struct scans *s)
{
        if (!s)
                return NULL;
        left_behind_deinit(&s->left);
        sd_event_source_disable_unref(s->worker_source);
        sd_event_source_disable_unref(s->next_timer);
        sd_event_source_disable_unref(s->look_timer);
        worker_free(s->worker);
        teller_unref(s->teller);
        sd_event_unref(s->event);
        free(s);
        return NULL;
}

void scans_configure(struct scans *s, const struct config *config)
{
        s->options = (struct scan_options){
                .source = config->source,
                .deep = config->deep,
                .yields = true,
                .frugal = true,
                .strays = config->stray_threads,
                .threads = config->threads,
                .fork_server = s->fork_server,
                .teller = s->teller,
        };
        s->idle = config->idle_priority;
        schedule_configure(&s->schedule, config, now());
        plan_next(s);
}

void scans_set_teller(struct scans *s, struct teller *teller)
{
        (void)teller_ref(teller);
        teller_unref(s->teller);
        s->teller = s->options.teller = teller;
}

uint64_t scans_request(struct scans *s)
{
        uint64_t scan = schedule_request(&s->schedule);

        plan_next(s);
        return scan;
}

void scans_not_later_than(struct scans *s, uint64_t delay_usec)
{
        schedule_not_later_than(&s->schedule, now() + delay_usec);
        plan_next(s);
}

bool scans_get_running(const struct scans *s, struct scans_running *ret)
{
        if (!s->schedule.running)
                return false;
        const struct scan_progress *progress = worker_progress(s->worker);
        bool moved = atomic_load(&progress->beats) != s->schedule.stall.beats;
        *ret = (struct scans_running){
                .start_usec = s->start_realtime,
                .step = (enum scan_step)atomic_load(&progress->step),
                .pid = atomic_load(&progress->pid),
                .idle_usec = moved ? 0 : stall_idle(&s->schedule.stall, now()),
        };
        return true;
}

uint64_t scans_interval(const struct scans *s)
{
        return s->schedule.interval_usec;
}

uint64_t scans_until_next(const struct scans *s)
{
        return schedule_until_next(&s->schedule, now());
}

const struct left_behind_process *scans_skipped(const struct scans *s, size_t *ret_n)
{
        *ret_n = s->left.n_processes;
        return s->left.processes;
}
