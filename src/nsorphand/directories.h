/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Where the socket and the state are: what the configuration says, else what systemd made for us,
 * else the usual places. A directory of ours that is missing is made. */

#include "nsorphand/configuration.h"

/* New strings. 0, or a negative errno with the sentence. */
int directories_socket_path(const struct config *config, char **ret, struct error *error);
int directories_state_file(const struct config *config, char **ret, struct error *error);

/* Takes the lock of the directory that @state_file is in, for as long as @ret_fd stays open: two
 * daemons would take turns in forgetting what the other has told. The directory is made if it is
 * missing. 0, also with *ret_fd negative and a warning in @warning where there can be no lock (a
 * directory that cannot be written to); or with the sentence: -EADDRINUSE when another daemon has
 * it, -EPERM when others than root may write to the directory. */
int directories_lock_state(const char *state_file, int *ret_fd, struct error *warning,
                           struct error *error);
