/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Asks for a scan soon after the exit of a process that was in another network namespace: what
 * most often comes before a leak.
 *
 * The kernel tells of every exit on the host (proc connector), far too often to listen to; a
 * filter inside the kernel lets through only those of processes that the last census found in
 * another namespace (`guests`) and of what they fork, and is made anew after each scan. */

#include <systemd/sd-event.h>

#include "census/census.h"
#include "util/error.h"

struct trigger;

/* A scan asked for comes this long after the exit, so that the exit is complete and what exits
 * together makes one scan; and never sooner after the last one than the second. */
#define TRIGGER_DELAY_USEC    (300 * USEC_PER_MSEC)
#define TRIGGER_INTERVAL_USEC (1 * USEC_PER_SEC)

/* Called from the loop; the caller starts a scan (or remembers that one is due, while one runs). */
typedef void (*trigger_function)(void *userdata);

/* Subscribes. 0, or a negative errno with the sentence that says why there will be no triggers
 * (-EPERM: no CAP_NET_ADMIN; -EOPNOTSUPP: no proc connector, or not in the initial user, pid and
 * network namespace): the daemon logs it once and scans by the interval alone. */
int trigger_new(struct trigger **ret, sd_event *event, trigger_function function, void *userdata,
                struct error *error);
struct trigger *trigger_free(struct trigger *t);
DEFINE_CLEANUP(struct trigger *, trigger_free);

/* To be called after every successful scan: these are the processes to watch now. 0, or a negative
 * errno with the sentence: the old filter stays. */
int trigger_update(struct trigger *t, const struct census *census, struct error *error);
