/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Asks for a scan soon after the exit of a task that may have been the last one in its network
 * namespace: what most often comes before a leak.
 *
 * The kernel tells of every exit on the host (proc connector), far too often to listen to. But a
 * namespace cannot lose its last task before the one task of it that we watch exits. So a single
 * thread per namespace is watched, the oldest, and a filter inside the kernel wakes us for its exit
 * alone; the scan that follows finds another to watch, if tasks are left.
 *
 * Namespaces that are younger than the last census are found by looking, shortly after somebody
 * has forked, at the namespaces of the threads born since, for a bounded time. A namespace whose
 * tasks do not live that long is found by the next scan of the interval. */

#include <systemd/sd-event.h>

#include "census/census.h"
#include "util/error.h"

struct trigger;

/* Called from the loop; the caller starts a scan (or remembers that one is due, while one runs). */
typedef void (*trigger_fn)(void *userdata);

/* Subscribes. 0, or a negative errno with the sentence that says why there will be no triggers
 * (-EPERM: no CAP_NET_ADMIN, before Linux 6.6; -EOPNOTSUPP: no proc connector, or not in the
 * initial user, pid and network namespace): the daemon logs it once and scans by the interval
 * alone. */
int trigger_new(struct trigger **ret, sd_event *event, trigger_fn function, void *userdata,
                struct error *error);
struct trigger *trigger_free(struct trigger *t);
DEFINE_CLEANUP(struct trigger *, trigger_free);

/* To be called after every successful scan, whatever its cause: these are the namespaces to watch
 * now. 0, or a negative errno with the sentence: the old filter stays. */
int trigger_update(struct trigger *t, const struct census *census, struct error *error);
