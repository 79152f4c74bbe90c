/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What adds to a census that is made what it knows from elsewhere. Shared by those whose scans it
 * adds to, of any thread. */

#include <stdatomic.h>

#include "census/census.h"

struct scan_options;
struct scan_progress;

struct teller {
        atomic_uint n_more_owners; /* besides the first */

        /* In the scan's thread, which may be left behind here and another one come meanwhile. What
         * it needs and cannot get, it leaves out. */
        void (*tell)(struct teller *t, struct census *census, const struct scan_options *options,
                     struct scan_progress *progress);

        void (*free)(struct teller *t);
};

/* One more owner of @t, which may be NULL. Returns @t. */
struct teller *teller_ref(struct teller *t);

/* One owner less of @t, which may be NULL. Returns NULL. */
struct teller *teller_unref(struct teller *t);
