/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Births (census/birth.h): noted by the kernel from when a tracer is made until it is freed, and
 * told of the holders of orphans.
 *
 * A value that its owners share, of any thread: scans that are told to add births have it as a
 * teller (census/teller.h), and so it may outlive who made it. */

#include "census/teller.h"
#include "util/error.h"

struct tracer;

/* @which is not BIRTH_TRACE_NO. 0, or a negative errno with a clause that says why births cannot be
 * noted here. */
int tracer_new(struct tracer **ret, enum birth_trace which, struct error *reason);
/* With room for so many births: for tests. */
int tracer_new_with_room(struct tracer **ret, enum birth_trace which, unsigned room,
                         struct error *reason);

/* Gives up one owner of @t, which may be NULL. Returns NULL. */
struct tracer *tracer_free(struct tracer *t);
DEFINE_CLEANUP(struct tracer *, tracer_free);

/* From now on it notes those. What it has noted stays. */
void tracer_set(struct tracer *t, enum birth_trace which);

/* What stacks mean is found out at once, however long that takes: for one who waits for it. */
void tracer_take_time(struct tracer *t);

/* For scan_options.teller: of each namespace that is orphaned or unnamed, or has stray threads, the
 * holders get their births, and the census says what was noted. An unaccepted connection has none:
 * who connects makes the socket at both ends. Where there are many, it may take a
 * few scans until all their frames have names: each user, and each unit of root's, has a share of
 * the time. */
struct teller *tracer_teller(struct tracer *t);

/* What it noted. Any thread. */
struct census_trace tracer_count(const struct tracer *t);
