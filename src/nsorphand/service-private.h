/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What the files of the service share. */

#include "nsorphand/configuration.h"
#include "nsorphand/findings.h"
#include "nsorphand/scans.h"
#include "varlink/server.h"

struct service {
        sd_event *event;
        const struct findings *findings;
        int (*reload)(void *userdata); /* service_set_reload() */
        void *reload_userdata;
        struct scans *scans;
        struct varlink_server *server;
        struct varlink_server *metrics_server; /* of io.systemd.Metrics alone */
        bool has_metrics;                      /* systemd handed over its socket */
        bool has_group;
        gid_t group;
        struct waiter *waiters;              /* service-wait.c */
        struct subscriber *subscribers;      /* service-subscribe.c */
        struct inspection_call *inspections; /* service-inspect.c */
};
