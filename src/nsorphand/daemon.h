/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The daemon: its parts, and what passes between them. Scans come in one after the other, go
 * through the ledger, and leave by the journal and the service. Everything here is for the loop's
 * thread.
 */

#include "nsorphand/configuration.h"

struct daemon;
struct fork_server;

/* Makes all parts and takes the socket. @config is taken over, also on failure; @fork_server stays
 * the caller's (census/scan.h). 0, or a negative
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
