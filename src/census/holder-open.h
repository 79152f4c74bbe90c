/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The way from a holder that leads to its namespace by a file to an nsfs fd of ours. */

#include "census/census.h"

/* Opens the namespace @id through @h, a holder of the process @process_fd (an fd of /proc/PID): the
 * link of a task, an nsfs fd, a mount below its root. By the guarded opener (netns/open.h): what
 * stands there now may be anything.
 *
 * An nsfs fd (close-on-exec), to be closed at once; -ESTALE when it is not that namespace any more,
 * -EOPNOTSUPP for a holder of another kind, or another negative errno. */
int holder_open(int process_fd, const struct holder *h, const struct netns_identity *id);
