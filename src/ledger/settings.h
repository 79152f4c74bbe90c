/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What an operator can set of the ledger. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util/file.h"
#include "util/macro.h"

struct ledger_settings {
        uint64_t grace_usec;     /* orphaned so long, in at least two censuses: leaked */
        uint64_t repeat_usec;    /* a reminder so often while leaked; 0 or UINT64_MAX: never */
        bool unnamed;            /* alert of unnamed namespaces, too, */
        bool stray_threads;      /* and of stray threads */
        unsigned max_per_minute; /* journal entries; more are counted in one summary; 0: no limit */

        /* Ignore rules: fnmatch(3) globs, each list ended by NULL, or NULL for none. A rule on
         * units or executables must match every listed holder of a namespace (the rules may do so
         * together): one stranger among the holders, and it is a leak like any other. */
        char **ignore_units; /* "docker.service", "libpod-*.scope" */
        char **ignore_netns; /* "4026532177", "net:[4026532177]" or "cookie:4102" */
        const struct file_id *ignore_executables; /* files that a holder runs: by what they are, for
                                                     anybody may call a file as he likes */
        size_t n_ignore_executables;
};

#define LEDGER_GRACE_USEC_DEFAULT     (120 * USEC_PER_SEC)
#define LEDGER_MAX_PER_MINUTE_DEFAULT 60

/* A deep copy; 0, or -ENOMEM with *ret all zero. */
int ledger_settings_copy(struct ledger_settings *ret, const struct ledger_settings *from);
void ledger_settings_deinit(struct ledger_settings *s);
