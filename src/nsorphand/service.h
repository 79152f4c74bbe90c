/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The Varlink service io.nsorphan.Scanner, with io.systemd.service, and io.systemd.Metrics on a
 * socket of its own: what others may ask the daemon. The loop's thread. */

#include <systemd/sd-event.h>

#include "nsorphand/configuration.h"
#include "nsorphand/findings.h"
#include "nsorphand/scans.h"

struct service;

/* Reads the configuration again. 0, or a negative errno with the old one in force. */
typedef int (*service_reload_fn)(void *userdata);

/* Listens at the sockets systemd handed over, else at the configured place. @findings and @scans
 * outlive it; the first is read, the second asked for scans, when calls come. 0, or a negative
 * errno with the sentence: -EADDRINUSE when another daemon answers there. */
int service_new(struct service **ret, sd_event *event, const struct config *config,
                const struct findings *findings, struct scans *scans, struct error *error);
struct service *service_free(struct service *s);

/* What Reload of io.systemd.service calls. Before the loop runs. */
void service_set_reload(struct service *s, service_reload_fn reload, void *userdata);
