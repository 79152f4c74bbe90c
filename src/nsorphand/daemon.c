/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "nsorphand/daemon.h"

#include <fcntl.h>
#include <inttypes.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <systemd/sd-daemon.h>

#include "nsorphand/directories.h"
#include "nsorphand/notes.h"
#include "nsorphand/service.h"
#include "nsorphand/status-line.h"
#include "nsorphand/trigger.h"
#include "util/clock.h"
#include "util/log.h"

struct snapshot *snapshot_ref(struct snapshot *s)
{
        s->n_references++;
        return s;
}

struct snapshot *snapshot_unref(struct snapshot *s)
{
        if (s && --s->n_references == 0) {
                census_free(s->census);
                free(s);
        }
        return NULL;
}

void daemon_log_config_warning(const char *text, void *userdata)
{
        log_warning("%s", text);
}

static void tell_manager(const struct daemon *d, const char *more)
{
        char line[STATUS_LINE_MAX];
        (void)sd_notifyf(0, "%sSTATUS=%s", more, status_line(d, line));
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
                log_warning("Can't make a timer: %s; reports wait until the next scan",
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
        const struct ledger_change *changes = ledger_changes(d->ledger, &n);

        if (r < 0)
                log_error("Can't bring the ledger up to date: %s", strerror(-r));
        for (size_t i = 0; i < n; i++)
                d->n_leaks += changes[i].kind == LEDGER_CHANGE_LEAKED;
        service_publish(d->service, changes, n);
        deliver(d);
}

static void set_scan_error(struct daemon *d, const char *sentence)
{
        free(d->scan_error);
        d->scan_error = sentence ? strdup(sentence) : NULL;
}

static void plan_due(struct daemon *d)
{
        uint64_t due = ledger_next_due(d->ledger);
        struct ledger_time now = ledger_time_now();

        if (due != UINT64_MAX)
                schedule_not_later_than(d->schedule,
                                        due > now.boottime_usec ? due - now.boottime_usec : 0);
}

static void on_trigger(void *userdata)
{
        struct daemon *d = userdata;

        (void)schedule_request(d->schedule);
}

/* Starts or ends the trigger as the configuration says. Without one the interval must do: that of
 * scans by BPF is short, and whether there are such scans the first of them tells. */
static void apply_trigger(struct daemon *d)
{
        struct error error = {};
        bool may_be_bpf = d->last ? census_is_by_bpf(d->last->census)
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
                log_info("No scans are triggered by exits of processes (Trigger=): %s", error.text);
        else
                /* Whom it has to watch, a census tells, and the last may be an hour old. */
                (void)schedule_request(d->schedule);
}

/* Which source it is, is told when it changes. */
static void tell_source(struct daemon *d, const struct census *census)
{
        const struct census *before = d->last ? d->last->census : NULL;

        if (before && strcmp(before->collector, census->collector) == 0)
                return;
        if (census->not_bpf[0])
                log_notice("Scans are by procfs, for BPF can not be used: %s", census->not_bpf);
        else
                log_info("Scans are by %s", census->collector);
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
        spread_changes(d, ledger_configure(d->ledger, &settings, now));
}

static void on_finished(uint64_t scan, struct census *census, void *userdata)
{
        struct daemon *d = userdata;
        struct ledger_time now = ledger_time_now();

        struct snapshot *snapshot = malloc(sizeof(*snapshot));
        if (!snapshot) {
                census_free(census);
                log_error("Out of memory, a scan is lost");
                service_scan_ended(d->service, scan, "Out of memory");
                return;
        }
        tell_source(d, census);
        *snapshot = (struct snapshot){1, census};
        snapshot_unref(d->last);
        d->last = snapshot;
        d->n_scans++;
        d->scan_usec += census->duration_usec;
        set_scan_error(d, NULL);
        refresh_ignored(d, &now);
        spread_changes(d, ledger_update(d->ledger, census, &now));
        plan_due(d);
        apply_trigger(d);
        update_trigger(d, census);
        notes_update(d->notes);
        service_scan_ended(d->service, scan, NULL);
        tell_manager(d, "");
        /* What the scan needed for a moment goes back: the daemon sleeps on everybody's host. */
        (void)malloc_trim(0);
}

static void on_failed(uint64_t scan, const char *sentence, void *userdata)
{
        struct daemon *d = userdata;
        struct ledger_time now = ledger_time_now();

        d->n_failed++;
        set_scan_error(d, sentence);
        spread_changes(d, ledger_scan_failed(d->ledger, sentence, &now));
        service_scan_ended(d->service, scan, sentence);
        tell_manager(d, "");
}

static void on_overran(uint64_t duration_usec, const char *sentence, void *userdata)
{
        struct daemon *d = userdata;
        struct ledger_time now = ledger_time_now();

        spread_changes(d, ledger_scan_overran(d->ledger, duration_usec,
                                              schedule_interval(d->schedule), sentence, &now));
}

static struct netns_identity *on_asked_for_known(size_t *ret_n, void *userdata)
{
        const struct ledger *l = ((struct daemon *)userdata)->ledger;
        struct netns_identity *known = calloc(ledger_count(l) + 1, sizeof(*known));

        *ret_n = known ? ledger_count(l) : 0;
        for (size_t i = 0; i < *ret_n; i++)
                known[i] = ledger_get(l, i)->id;
        return known;
}

static int on_reload(sd_event_source *source, const struct signalfd_siginfo *info, void *userdata)
{
        struct daemon *d = userdata;
        struct error error = {};
        struct config *config = NULL;
        struct ledger_time now = ledger_time_now();

        (void)sd_notifyf(0, "RELOADING=1\nMONOTONIC_USEC=%" PRIu64, clock_usec(CLOCK_MONOTONIC));
        if (config_load(&d->source, daemon_log_config_warning, NULL, &config, &error) < 0) {
                log_error("%s; the old configuration stays in force", error.text);
        } else {
                config_free(d->config);
                d->config = config;
                (void)ignored_refresh(&d->ignored, config->ignore_executables, false);
                const struct ledger_settings settings = ledger_settings_from(config, &d->ignored);
                schedule_configure(d->schedule, config);
                spread_changes(d, ledger_configure(d->ledger, &settings, &now));
                d->no_trigger = false;
                apply_trigger(d);
                log_info("The configuration was read again");
        }
        tell_manager(d, "READY=1\n");
        return 0;
}

/* Whether we are somebody's foreground job. A service has no terminal, and it is the leader of a
 * session: any terminal it opened without O_NOCTTY would become its own, and that one's user could
 * interrupt it. Nothing here does; but if it happened, that user would still be nobody to us. */
static bool has_terminal(void)
{
        _cleanup_close_ int fd = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);
        return fd >= 0;
}

static int on_interrupt(sd_event_source *source, const struct signalfd_siginfo *info,
                        void *userdata)
{
        const struct daemon *d = userdata;

        /* The kernel's own is that of a terminal (isig() in drivers/tty/n_tty.c). */
        if (info->ssi_code == SI_KERNEL && !d->has_terminal) {
                log_warning("A terminal that is not ours has sent an interrupt, ignoring");
                return 0;
        }
        return sd_event_exit(d->event, 0);
}

/* Before all that clients can make happen. */
static int add_signal(struct daemon *d, int number, sd_event_signal_handler_t handler)
{
        sd_event_source *source = NULL;

        /* Without a handler sd-event exits the loop, and @userdata is the code. */
        int r = sd_event_add_signal(d->event, &source, number, handler, handler ? d : NULL);
        if (r >= 0)
                r = sd_event_source_set_priority(source, SD_EVENT_PRIORITY_IMPORTANT);
        if (r >= 0)
                r = sd_event_source_set_floating(source, true);
        sd_event_source_unref(source);
        return r;
}

static int add_signals(struct daemon *d)
{
        sigset_t mask;

        (void)sigemptyset(&mask);
        (void)sigaddset(&mask, SIGTERM);
        (void)sigaddset(&mask, SIGINT);
        (void)sigaddset(&mask, SIGHUP);
        if (sigprocmask(SIG_BLOCK, &mask, NULL) < 0)
                return negative_errno();
        d->has_terminal = has_terminal();
        if (!d->has_terminal) {
                (void)signal(SIGQUIT, SIG_IGN);
                (void)signal(SIGTSTP, SIG_IGN);
        }
        int r = add_signal(d, SIGTERM, NULL);
        if (r >= 0)
                r = add_signal(d, SIGINT, on_interrupt);
        return r < 0 ? r : add_signal(d, SIGHUP, on_reload);
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
        r = ledger_new(&d->ledger, &settings);
        if (r < 0)
                return error_oom(error);
        r = state_file_path(d->config, &path, error);
        if (r < 0)
                return r;
        r = state_lock(path, &d->state_lock_fd, &found, error);
        if (r < 0)
                return r;
        if (*found.text)
                log_warning("%s", found.text);
        found = (struct error){};
        r = delivery_new(&d->delivery, d->ledger, path, error);
        if (r < 0)
                return r;
        if (!getenv("JOURNAL_STREAM"))
                delivery_set_echo(d->delivery, on_report, NULL);
        r = delivery_start(d->delivery, &found);
        if (*found.text)
                log_warning("%s", found.text);
        if (r < 0)
                return error_set_errno(error, r, "Can't load the ledger");
        if (delivery_fd(d->delivery) < 0)
                return 0;
        r = sd_event_add_io(d->event, &d->delivery_saved, delivery_fd(d->delivery), EPOLLIN,
                            on_saved, d);
        return r < 0 ? error_set_errno(error, r, "Failed to watch the state file") : 0;
}

int daemon_new(struct daemon **ret, const struct config_source *source, struct config *config,
               struct fork_server *fork_server, struct error *error)
{
        static const struct schedule_events events = {on_finished, on_failed, on_overran,
                                                      on_asked_for_known};
        _cleanup_(daemon_freep) struct daemon *d = calloc(1, sizeof(*d));
        if (!d) {
                config_free(config);
                return error_oom(error);
        }
        d->source = *source;
        d->state_lock_fd = -EBADF;
        d->config = config;
        int r = sd_event_new(&d->event);
        if (r >= 0)
                r = add_signals(d);
        if (r < 0)
                return error_set_errno(error, r, "Can't make an event loop");
        /* The socket first: whoever does not get it must not touch the other daemon's state. */
        r = service_new(&d->service, d, error);
        if (r >= 0)
                r = start_ledger(d, error);
        if (r >= 0)
                r = schedule_new(&d->schedule, d->event, config, fork_server, &events, d, error);
        if (r < 0)
                return r;
        if (notes_new(&d->notes, d) < 0)
                return error_oom(error);
        apply_trigger(d);
        *ret = TAKE_PTR(d);
        return 0;
}

struct daemon *daemon_free(struct daemon *d)
{
        if (!d)
                return NULL;
        notes_free(d->notes);
        service_free(d->service);
        trigger_free(d->trigger);
        schedule_free(d->schedule);
        sd_event_source_disable_unref(d->delivery_timer);
        sd_event_source_disable_unref(d->delivery_saved);
        if (d->delivery)
                delivery_finish(d->delivery);
        delivery_free(d->delivery);
        ledger_free(d->ledger);
        d->state_lock_fd = fd_close(d->state_lock_fd);
        snapshot_unref(d->last);
        ignored_deinit(&d->ignored);
        config_free(d->config);
        sd_event_unref(d->event);
        free(d->scan_error);
        free(d);
        return NULL;
}

int daemon_run(struct daemon *d, struct error *error)
{
        int r = sd_event_set_watchdog(d->event, true);
        if (r < 0)
                return error_set_errno(error, r, "Can't feed the watchdog");
        tell_manager(d, "READY=1\n");
        r = sd_event_loop(d->event);
        (void)sd_notify(0, "STOPPING=1\nSTATUS=Stopping");
        return r < 0 ? error_set_errno(error, r, "The event loop failed") : 0;
}
