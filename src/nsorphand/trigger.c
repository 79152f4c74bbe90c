/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "nsorphand/trigger.h"

#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>

#include "netlink/proc-connector.h"
#include "nsorphand/newborn.h"
#include "nsorphand/trigger-pace.h"
#include "nsorphand/watch-set.h"
#include "util/clock.h"

/* Between a fork and the look at what was born, and between two looks. */
#define NEWBORN_DELAY_USEC (500 * USEC_PER_MSEC)
/* Nothing here is due on the dot: let the kernel wake us together with others. */
#define TIMER_ACCURACY_USEC (50 * USEC_PER_MSEC)

struct trigger {
        struct proc_connector *connector;
        trigger_fn function;
        void *userdata;

        sd_event_source *io, *scan_timer, *newborn_timer;

        struct watch_set watches;
        struct newborn newborn;
        bool forks; /* the filter passes them: the newborn timer does not run */
        bool stale; /* the filter is not what it should be */
        int failed; /* why there are no triggers until the next update; 0 */

        bool waiting; /* for the scan timer */
        struct trigger_pace pace;
};

/* Makes the timer ring in @usec. */
static int timer_start(sd_event_source *timer, uint64_t usec)
{
        int r = sd_event_source_set_time_relative(timer, usec);

        return r < 0 ? r : sd_event_source_set_enabled(timer, SD_EVENT_ONESHOT);
}

/* Asks for a scan, as soon as that may be. */
static int ask(struct trigger *t)
{
        uint64_t now = clock_usec(CLOCK_BOOTTIME);

        if (t->waiting)
                return 0;
        t->waiting = true;
        return timer_start(t->scan_timer, trigger_pace_due(&t->pace, now) - now);
}

/* Gives the kernel the filter for what is watched now. */
static int filter_install(struct trigger *t)
{
        _cleanup_(exit_filter_deinit) struct exit_filter filter = {};
        _cleanup_free_ pid_t *tids = calloc(t->watches.n + 1, sizeof(*tids));
        int r;

        if (!tids)
                return -ENOMEM;
        for (size_t i = 0; i < t->watches.n; i++)
                tids[i] = t->watches.watches[i].tid;
        r = exit_filter_build(&filter, tids, t->watches.n, t->forks);
        if (r >= 0)
                r = proc_connector_filter(t->connector, &filter);
        t->stale = r < 0;
        return r;
}

/* A failure of ours is told by the update after the next scan, which tries everything anew. */
static int done(struct trigger *t, int r)
{
        if (r < 0) {
                t->failed = r;
                (void)sd_event_source_set_enabled(t->io, SD_EVENT_OFF);
                (void)ask(t);
        }
        return 0;
}

/* The kernel has dropped events: which tasks have exited is not known. */
static int on_loss(struct trigger *t)
{
        for (size_t i = t->watches.n; i-- > 0;)
                if (watch_set_is_over(&t->watches.watches[i]))
                        watch_set_remove(&t->watches, t->watches.watches[i].tid);
        return ask(t);
}

static int on_events(struct trigger *t)
{
        struct proc_connector_event event;
        bool forked = false;
        int r;

        while ((r = proc_connector_next(t->connector, &event)) != 0) {
                if (r == -ENOBUFS)
                        r = on_loss(t);
                else if (r > 0 && event.kind == PROC_EVENT_OF_FORK)
                        forked = true;
                else if (r > 0 && watch_set_find(&t->watches, event.pid)) {
                        watch_set_remove(&t->watches, event.pid);
                        r = ask(t);
                }
                if (r < 0)
                        return r;
        }
        if (!forked || !t->forks)
                return 0;
        /* One is enough to know that some were born; the timer sees to the rest. */
        t->forks = false;
        r = filter_install(t);
        return r < 0 ? r : timer_start(t->newborn_timer, NEWBORN_DELAY_USEC);
}

static int on_io(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
        return done(userdata, on_events(userdata));
}

static int on_scan_timer(sd_event_source *source, uint64_t usec, void *userdata)
{
        struct trigger *t = userdata;

        t->waiting = false;
        trigger_pace_asked(&t->pace, clock_usec(CLOCK_BOOTTIME));
        t->function(t->userdata);
        return 0;
}

static int on_newborn(pid_t tid, uint64_t netns, void *userdata)
{
        struct trigger *t = userdata;

        if (watch_set_has_netns(&t->watches, netns))
                return 0;
        t->stale = true;
        return watch_set_add(&t->watches, tid, netns);
}

static int look(struct trigger *t)
{
        int r = newborn_look(&t->newborn, on_newborn, t);

        if (r > 0) {
                if (t->stale)
                        r = filter_install(t);
                return r < 0 ? r : timer_start(t->newborn_timer, NEWBORN_DELAY_USEC);
        }
        t->forks = true;
        return r < 0 ? r : filter_install(t);
}

static int on_newborn_timer(sd_event_source *source, uint64_t usec, void *userdata)
{
        return done(userdata, look(userdata));
}

static int timer_new(sd_event *event, sd_event_source **ret, sd_event_time_handler_t handler,
                     void *userdata)
{
        int r = sd_event_add_time_relative(event, ret, CLOCK_BOOTTIME, 0, TIMER_ACCURACY_USEC,
                                           handler, userdata);

        return r < 0 ? r : sd_event_source_set_enabled(*ret, SD_EVENT_OFF);
}

/* Everything but the connector, so that each failure is one sentence. */
static int sources_new(struct trigger *t, sd_event *event)
{
        int r = sd_event_add_io(event, &t->io, proc_connector_fd(t->connector), EPOLLIN, on_io, t);

        if (r >= 0)
                r = timer_new(event, &t->scan_timer, on_scan_timer, t);
        if (r >= 0)
                r = timer_new(event, &t->newborn_timer, on_newborn_timer, t);
        if (r >= 0)
                r = newborn_start(&t->newborn);
        if (r >= 0)
                r = filter_install(t);
        return r;
}

int trigger_new(struct trigger **ret, sd_event *event, trigger_fn function, void *userdata,
                struct error *error)
{
        _cleanup_(trigger_freep) struct trigger *t = calloc(1, sizeof(*t));
        int r;

        if (!t)
                return error_oom(error);
        *t = (struct trigger){
                .function = function,
                .userdata = userdata,
                .forks = true,
        };
        trigger_pace_begin(&t->pace, clock_usec(CLOCK_BOOTTIME));
        r = proc_connector_new(&t->connector, error);
        if (r < 0)
                return r;
        r = sources_new(t, event);
        if (r < 0)
                return error_set_errno(error, r, "failed to listen to the proc connector");
        *ret = TAKE_PTR(t);
        return 0;
}

struct trigger *trigger_free(struct trigger *t)
{
        if (!t)
                return NULL;
        sd_event_source_disable_unref(t->io);
        sd_event_source_disable_unref(t->scan_timer);
        sd_event_source_disable_unref(t->newborn_timer);
        proc_connector_free(t->connector);
        watch_set_deinit(&t->watches);
        free(t);
        return NULL;
}

/* What was found since the scan looked, in namespaces that it did not see, stays watched. */
static int keep_newborn(struct watch_set *watches, const struct watch_set *old)
{
        for (size_t i = 0; i < old->n; i++) {
                const struct watch *w = &old->watches[i];
                if (watch_set_has_netns(watches, w->netns) || watch_set_find(watches, w->tid) ||
                    watch_set_is_over(w))
                        continue;
                if (watch_set_add(watches, w->tid, w->netns) < 0)
                        return -ENOMEM;
        }
        return 0;
}

/* A task that exited between the scan's look and the new filter was reported by neither. */
static int check_new(struct trigger *t, const struct watch_set *old)
{
        bool over = false;

        for (size_t i = t->watches.n; i-- > 0;) {
                const struct watch *w = &t->watches.watches[i];
                const struct watch *before = watch_set_find(old, w->tid);
                if ((before && before->netns == w->netns) || !watch_set_is_over(w))
                        continue;
                watch_set_remove(&t->watches, w->tid);
                over = true;
        }
        return over ? ask(t) : 0;
}

static int update(struct trigger *t, const struct census *census)
{
        _cleanup_(watch_set_deinit) struct watch_set old = t->watches;
        int r;

        t->watches = (struct watch_set){};
        r = watch_set_from_census(&t->watches, census);
        if (r >= 0)
                r = keep_newborn(&t->watches, &old);
        if (r >= 0)
                r = filter_install(t);
        if (r >= 0)
                r = check_new(t, &old);
        if (r >= 0 && t->failed < 0)
                r = sd_event_source_set_enabled(t->io, SD_EVENT_ON);
        return r;
}

int trigger_update(struct trigger *t, const struct census *census, struct error *error)
{
        trigger_pace_scanned(&t->pace, census->duration_usec, clock_usec(CLOCK_BOOTTIME));
        int r = update(t, census);
        if (r < 0)
                return error_set_errno(error, r, "Failed to watch exits of processes");
        if (t->failed < 0) {
                r = error_set_errno(error, t->failed,
                                    "Failed to watch exits of processes for a while");
                t->failed = 0;
        }
        return r;
}
