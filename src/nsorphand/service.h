/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The Varlink service io.nsorphan.Scanner (and io.systemd.Metrics beside it): what others may ask
 * the daemon. The loop's thread. */

#include "ledger/ledger.h"
#include "util/error.h"

struct daemon;
struct service;

/* Listens at the sockets systemd handed over, else at the configured place. 0, or a negative errno
 * with the sentence: -EADDRINUSE when another daemon answers there. */
int service_new(struct service **ret, struct daemon *daemon, struct error *error);
struct service *service_free(struct service *s);

/* Tells those who wait for scan number @scan; @failure is NULL or why it failed. */
void service_scan_ended(struct service *s, uint64_t scan, const char *failure);

/* Tells subscribers. */
void service_publish(struct service *s, const struct ledger_change *changes, size_t n);
