/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Where the socket and the state are: what the configuration says, else what systemd made for us,
 * else the usual places. A directory of ours that is missing is made. */

#include "nsorphand/configuration.h"

/* New strings. 0, or a negative errno with the sentence. */
int socket_path(const struct config *config, char **ret, struct error *error);
int state_file_path(const struct config *config, char **ret, struct error *error);
