/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "nsorphand/configuration.h"

struct fork_server;

/* --once: one scan, its census as one line of JSON on stdout. Returns an exit
 * status. */
int once_run(const struct config *config, struct fork_server *fork_server);
