/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The Varlink service io.nsorphan.Scanner (and io.systemd.Metrics beside it): what others may ask
 * the daemon. The loop's thread. */

#include <systemd/sd-event.h>

#include "nsorphand/configuration.h"
#include "nsorphand/findings.h"
#include "nsorphand/scans.h"

struct service;

/* Listens at the sockets systemd handed over, else at the configured place. @findings and @scans
 * outlive it; the first is read, the second asked for scans, when calls come. 0, or a negative
 * errno with the sentence: -EADDRINUSE when another daemon answers there. */
int service_new(struct service **ret, sd_event *event, const struct config *config,
                const struct findings *findings, struct scans *scans, struct error *error);
struct service *service_free(struct service *s);
