/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The daemon: its parts, and what passes between them. Scans come from the schedule, go through
 * the ledger, and leave by the journal and the service. Everything here is for the loop's thread.
 */

#include <systemd/sd-event.h>

#include "ledger/ledger.h"
#include "nsorphand/configuration.h"
#include "nsorphand/ignored.h"
#include "nsorphand/schedule.h"
#include "report/delivery.h"

struct notes;
struct service;
struct trigger;

/* A census that several may read over some time, while the next one comes in. */
struct snapshot {
        _Atomic unsigned n_references; /* a thread that inspects has one, too */
        struct census *census;
};

struct snapshot *snapshot_ref(struct snapshot *s);
struct snapshot *snapshot_unref(struct snapshot *s);

struct daemon {
        sd_event *event;
        struct config_source source;
        struct config *config;
        struct ignored ignored; /* what Executable= of it names */

        bool has_terminal; /* that we were started in */
        int state_lock_fd; /* negative: none */
        struct ledger *ledger;
        struct delivery *delivery;
        sd_event_source *delivery_timer, *delivery_saved;
        struct schedule *schedule;
        struct trigger *trigger; /* NULL: off */
        bool no_trigger;         /* it could not be had: not tried again at every scan */
        struct service *service;
        struct notes *notes;

        struct snapshot *last; /* NULL before the first scan has finished */
        char *scan_error;      /* why the last scan failed, NULL when it did not */
        uint64_t n_scans;      /* that finished */
        uint64_t n_failed;     /* that did not */
        uint64_t scan_usec;    /* spent in those that finished */
        uint64_t n_leaks;      /* reported since the daemon started */
};

/* Makes all parts and takes the socket. @config is taken over, also on failure; @fork_server stays
 * the caller's (census/scanner.h). 0, or a negative
 * errno with the sentence: -EADDRINUSE when another daemon has the socket or the state directory;
 * then nothing of it was touched. */
int daemon_new(struct daemon **ret, const struct config_source *source, struct config *config,
               struct fork_server *fork_server, struct error *error);
struct daemon *daemon_free(struct daemon *d);
DEFINE_CLEANUP(struct daemon *, daemon_free);

/* Runs until SIGTERM or SIGINT. 0 or a negative errno with the sentence. */
int daemon_run(struct daemon *d, struct error *error);

/* Logs one warning of the configuration. */
void daemon_log_config_warning(const char *text, void *userdata);
