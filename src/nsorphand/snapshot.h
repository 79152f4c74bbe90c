/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A census that several may read over some time, while the next one comes in. */

#include "census/census.h"

struct snapshot {
        _Atomic unsigned n_references; /* a thread that inspects has one, too */
        struct census *census;
};

/* Takes the census over, also on failure. One reference is the caller's. NULL when out of memory.
 */
struct snapshot *snapshot_new(struct census *census);
struct snapshot *snapshot_ref(struct snapshot *s);
/* Accepts NULL, returns NULL. */
struct snapshot *snapshot_unref(struct snapshot *s);
