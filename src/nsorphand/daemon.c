/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "nsorphand/daemon.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <systemd/sd-daemon.h>

#include "ledger/update.h"
#include "nsorphand/directories.h"
#include "nsorphand/findings.h"
#include "nsorphand/ignored.h"
#include "nsorphand/notes.h"
#include "nsorphand/scans.h"
#include "nsorphand/service-subscribe.h"
#include "nsorphand/service-wait.h"
#include "nsorphand/service.h"
#include "nsorphand/signals.h"
#include "nsorphand/status-line.h"
#include "nsorphand/trigger.h"
#include "nsorphand/whose.h"
#include "report/delivery.h"
#include "util/clock.h"
#include "util/heap.h"
#include "util/log.h"

struct daemon {
        sd_event *event;
        struct config_source source;
        struct config *config;
        struct ignored ignored; /* what Executable= of it names */

        struct signals signals;
        int state_lock_fd; /* negative: none */
        struct delivery *delivery;
        sd_event_source *delivery_timer, *delivery_saved;
        struct scans *scans;
        struct trigger *trigger; /* NULL: off */
        bool no_trigger;         /* it cannot be had: not tried again at every scan */
        struct service *service;
        struct notes *notes;
        struct whose *whose;

        struct traces traces;
        struct findings findings;
};

void daemon_log_config_warning(const char *text, void *userdata)
{
        log_warning("%s", text);
}

static void tell_manager(const struct daemon *d, const char *more)
{
        char line[STATUS_LINE_MAX];
        (void)sd_notifyf(0, "%sSTATUS=%s", more,
                         status_line(&d->findings,
                                     d->scans ? scans_until_next(d->scans) : UINT64_MAX, line));
}

static int on_delivery_timer(sd_event_source *source, uint64_t usec, void *userdata);

/* Writes what waits for the journal and the state file; comes back later for what they refuse. */
static void deliver(struct daemon *d)
{
        struct error error = {};

        int waiting = delivery_run(d->delivery, &error);
        if (*error.text)
                log_warning("%s", error.text);
        if (waiting == 0)
                return;
        int r = d->delivery_timer
                        ? sd_event_source_set_time_relative(d->delivery_timer, DELIVERY_RETRY_USEC)
                        : sd_event_add_time_relative(d->event, &d->delivery_timer, CLOCK_MONOTONIC,
                                                     DELIVERY_RETRY_USEC, 0, on_delivery_timer, d);
        if (r >= 0)
                r = sd_event_source_set_enabled(d->delivery_timer, SD_EVENT_ONESHOT);
        if (r < 0)
                log_warning("Failed to make a timer: %s, keeping reports until the next scan",
                            strerror(-r));
}

static int on_delivery_timer(sd_event_source *source, uint64_t usec, void *userdata)
{
        deliver(userdata);
        return 0;
}

/* A save has ended. */
static int on_saved(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
        deliver(userdata);
        return 0;
}

/* After every call of the ledger that can make changes; @r is what it returned. */
static void spread_changes(struct daemon *d, int r)
{
        size_t n;
        const struct ledger_change *changes = ledger_changes(d->findings.ledger, &n);

        if (r < 0)
                log_error("Failed to bring the ledger up to date: %s", strerror(-r));
        for (size_t i = 0; i < n; i++)
                d->findings.n_leaks += ledger_change_is_alert(changes[i].kind);
        service_subscribe_publish(d->service, changes, n);
        deliver(d);
}

static void plan_due(struct daemon *d)
{
        uint64_t due = ledger_next_due(d->findings.ledger);
        struct ledger_time now = ledger_time_now();

        if (due != UINT64_MAX)
                scans_not_later_than(d->scans,
                                     due > now.boottime_usec ? due - now.boottime_usec : 0);
}

static void on_trigger(void *userdata)
{
        struct daemon *d = userdata;

        (void)scans_request(d->scans);
}

/* Starts or ends the trigger as the configuration says. Without one the interval must do: that of
 * scans by BPF is short, and whether there are such scans the first of them tells. */
static void apply_trigger(struct daemon *d)
{
        struct error error = {};
        bool may_be_bpf = d->findings.last ? census_is_by_bpf(d->findings.last->census)
                                           : d->config->source != SCAN_SOURCE_PROCFS;

        if (!d->config->trigger || may_be_bpf) {
                d->trigger = trigger_free(d->trigger);
                d->no_trigger = false;
                return;
        }
        if (d->trigger || d->no_trigger)
                return;
        d->no_trigger = trigger_new(&d->trigger, d->event, on_trigger, d, &error) < 0;
        if (d->no_trigger)
                log_info("Failed to watch exits of processes: %s, continuing without Trigger=",
                         error.text);
        else
                /* Whom it has to watch, a census tells, and the last may be an hour old. */
                (void)scans_request(d->scans);
}

static void update_trigger(struct daemon *d, const struct census *census)
{
        struct error error = {};

        if (d->trigger && trigger_update(d->trigger, census, &error) < 0)
                log_warning("%s", error.text);
}

static struct ledger_settings ledger_settings_from(const struct config *c,
                                                   const struct ignored *ignored)
{
        return (struct ledger_settings){
                .grace_usec = c->grace_usec,
                .repeat_usec = c->repeat_usec,
                .unnamed = c->unnamed,
                .stray_threads = c->stray_threads,
                .max_per_minute = c->max_per_minute,
                .ignore_units = c->ignore_units,
                .ignore_netns = c->ignore_namespaces,
                .ignore_executables = ignored->ids,
                .n_ignore_executables = ignored->n,
        };
}

/* An upgrade puts another file at a path that Executable= names. */
static void refresh_ignored(struct daemon *d, const struct ledger_time *now)
{
        if (ignored_refresh(&d->ignored, d->config->ignore_executables, true) <= 0)
                return;
        const struct ledger_settings settings = ledger_settings_from(d->config, &d->ignored);
        spread_changes(d, ledger_configure(d->findings.ledger, &settings, now));
}

static void on_finished(uint64_t scan, struct census *census, void *userdata)
{
        struct daemon *d = userdata;
        struct ledger_time now = ledger_time_now();

        struct snapshot *snapshot = snapshot_new(census);
        if (!snapshot) {
                log_error("Failed to keep a scan: out of memory, ignoring it");
                service_wait_ended(d->service, scan, "Out of memory");
                return;
        }
        findings_take(&d->findings, snapshot, now.realtime_usec);
        refresh_ignored(d, &now);
        spread_changes(d, ledger_update(d->findings.ledger, census, &now));
        plan_due(d);
        apply_trigger(d);
        update_trigger(d, census);
        notes_update(d->notes);
        whose_update(d->whose);
        service_wait_ended(d->service, scan, NULL);
        tell_manager(d, "");
        /* What the scan needed for a moment goes back: the daemon sleeps on everybody's host. */
        heap_trim();
}

static void on_failed(uint64_t scan, const char *sentence, void *userdata)
{
        struct daemon *d = userdata;
        struct ledger_time now = ledger_time_now();

        findings_failed(&d->findings, sentence);
        spread_changes(d, ledger_scan_failed(d->findings.ledger, sentence, &now));
        service_wait_ended(d->service, scan, sentence);
        tell_manager(d, "");
}

static void on_overran(uint64_t duration_usec, const char *sentence, void *userdata)
{
        struct daemon *d = userdata;
        struct ledger_time now = ledger_time_now();

        spread_changes(d, ledger_scan_overran(d->findings.ledger, duration_usec,
                                              scans_interval(d->scans), sentence, &now));
}

static struct netns_identity *on_asked_for_known(size_t *ret_n, void *userdata)
{
        const struct ledger *l = ((struct daemon *)userdata)->findings.ledger;
        struct netns_identity *known = calloc(ledger_count(l) + 1, sizeof(*known));

        *ret_n = known ? ledger_count(l) : 0;
        for (size_t i = 0; i < *ret_n; i++)
                known[i] = ledger_get(l, i)->id;
        return known;
}

static void apply_traces(struct daemon *d)
{
        traces_apply(&d->traces, d->config->trace);
        scans_set_teller(d->scans, d->traces.tracer ? tracer_teller(d->traces.tracer) : NULL);
}

/* 0, or a negative errno with the old configuration in force. */
static int reload(void *userdata)
{
        struct daemon *d = userdata;
        struct error error = {};
        struct config *config = NULL;
        struct ledger_time now = ledger_time_now();

        (void)sd_notifyf(0, "RELOADING=1\nMONOTONIC_USEC=%" PRIu64, clock_usec(CLOCK_MONOTONIC));
        int r = configuration_load(&d->source, daemon_log_config_warning, NULL, &config, &error);
        if (r < 0) {
                log_error("%s, continuing with the old configuration", error.text);
        } else {
                configuration_free(d->config);
                d->config = config;
                (void)ignored_refresh(&d->ignored, config->ignore_executables, false);
                const struct ledger_settings settings = ledger_settings_from(config, &d->ignored);
                apply_traces(d);
                scans_configure(d->scans, config);
                spread_changes(d, ledger_configure(d->findings.ledger, &settings, &now));
                d->no_trigger = false;
                apply_trigger(d);
                log_info("The configuration was read again");
        }
        tell_manager(d, "READY=1\n");
        return r;
}

static void on_reload(void *userdata)
{
        (void)reload(userdata);
}

/* Run by hand, the daemon's operator looks at stderr, not into the journal. */
static void on_report(int priority, const char *sentence, void *userdata)
{
        log_line(priority, "%s", sentence);
}

static int start_ledger(struct daemon *d, struct error *error)
{
        _cleanup_free_ char *path = NULL;
        struct error found = {};

        int r = ignored_refresh(&d->ignored, d->config->ignore_executables, false);
        if (r < 0)
                return error_oom(error);
        const struct ledger_settings settings = ledger_settings_from(d->config, &d->ignored);
        r = ledger_new(&d->findings.ledger, &settings);
        if (r < 0)
                return error_oom(error);
        r = directories_state_file(d->config, &path, error);
        if (r < 0)
                return r;
        r = directories_lock_state(path, &d->state_lock_fd, &found, error);
        if (r < 0)
                return r;
        if (*found.text)
                log_warning("%s", found.text);
        found = (struct error){};
        r = delivery_new(&d->delivery, d->findings.ledger, path, error);
        if (r < 0)
                return r;
        if (!getenv("JOURNAL_STREAM"))
                delivery_set_echo(d->delivery, on_report, NULL);
        r = delivery_start(d->delivery, &found);
        if (*found.text)
                log_warning("%s", found.text);
        if (r < 0)
                return error_set_errno(error, r, "Failed to load the ledger");
        if (delivery_fd(d->delivery) < 0)
                return 0;
        r = sd_event_add_io(d->event, &d->delivery_saved, delivery_fd(d->delivery), EPOLLIN,
                            on_saved, d);
        return r < 0 ? error_set_errno(error, r, "Failed to watch the state file") : 0;
}

int daemon_new(struct daemon **ret, const struct config_source *source, struct config *config,
               struct fork_server *fork_server, struct error *error)
{
        static const struct scans_events events = {on_finished, on_failed, on_overran,
                                                   on_asked_for_known};
        _cleanup_(daemon_freep) struct daemon *d = calloc(1, sizeof(*d));
        if (!d) {
                configuration_free(config);
                return error_oom(error);
        }
        d->source = *source;
        d->state_lock_fd = -EBADF;
        d->config = config;
        d->findings.traces = &d->traces;
        int r = sd_event_new(&d->event);
        if (r >= 0)
                r = signals_add(&d->signals, d->event, on_reload, d);
        if (r < 0)
                return error_set_errno(error, r, "Failed to make an event loop");
        /* The socket before the ledger: a daemon that does not get it must not touch the state of
         * the one that has it. */
        r = scans_new(&d->scans, d->event, config, fork_server, &events, d, error);
        if (r >= 0)
                r = service_new(&d->service, d->event, config, &d->findings, d->scans, error);
        if (r >= 0)
                r = start_ledger(d, error);
        if (r < 0)
                return r;
        apply_traces(d);
        service_set_reload(d->service, reload, d);
        if (notes_new(&d->notes, d->event, &d->findings) < 0 ||
            whose_new(&d->whose, d->event, &d->findings) < 0)
                return error_oom(error);
        apply_trigger(d);
        *ret = TAKE_PTR(d);
        return 0;
}

struct daemon *daemon_free(struct daemon *d)
{
        if (!d)
                return NULL;
        whose_free(d->whose);
        notes_free(d->notes);
        service_free(d->service);
        trigger_free(d->trigger);
        scans_free(d->scans);
        traces_deinit(&d->traces);
        sd_event_source_disable_unref(d->delivery_timer);
        sd_event_source_disable_unref(d->delivery_saved);
        if (d->delivery)
                delivery_finish(d->delivery);
        delivery_free(d->delivery);
        ledger_free(d->findings.ledger);
        d->state_lock_fd = fd_close(d->state_lock_fd);
        findings_deinit(&d->findings);
        ignored_deinit(&d->ignored);
        configuration_free(d->config);
        sd_event_unref(d->event);
        free(d);
        return NULL;
}

int daemon_run(struct daemon *d, struct error *error)
{
        int r = sd_event_set_watchdog(d->event, true);
        if (r < 0)
                return error_set_errno(error, r, "Failed to feed the watchdog");
        tell_manager(d, "READY=1\n");
        r = sd_event_loop(d->event);
        (void)sd_notify(0, "STOPPING=1\nSTATUS=Stopping");
        return r < 0 ? error_set_errno(error, r, "Failed to run the event loop") : 0;
}
