/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A source of evidence. The census does not know how a collector learns of holders, and a collector
 * does not know what a verdict is. */

#include "census/builder.h"
#include "census/scanner.h"
#include "util/error.h"

struct collector {
        const char *name; /* "procfs" */

        /* Prepares for one scan. @progress and @options live until end(). */
        int (*begin)(struct collector *c, const struct scan_options *options,
                     struct scan_progress *progress, struct error *error);

        /* Finds the holders and emits them. */
        int (*walk)(struct collector *c, struct builder *b, struct error *error);

        /* The second look: after builder_settle(), emits what turns up for the namespaces that are
         * orphaned so far, and settles again. */
        int (*confirm)(struct collector *c, struct builder *b, struct error *error);

        /* Whether the kernel says that a namespace which the census has not still exists. */
        enum netns_presence (*presence)(struct collector *c, const struct netns_identity *id);

        /* Completes a finished census: names, owners. */
        int (*describe)(struct collector *c, struct census *census, struct error *error);

        /* Ends the scan, whether it succeeded or not; what it saw may be remembered when @complete.
         */
        void (*end)(struct collector *c, bool complete);

        bool (*has_cookies)(const struct collector *c);
        void (*free)(struct collector *c);
};

/* The collector that walks /proc. */
int procfs_collector_new(struct collector **ret, struct error *error);

/* The collector that asks the kernel by BPF; it describes nothing. Where it can not be used: a
 * negative errno, and a clause that says why. */
int bpf_collector_new(struct collector **ret, struct error *reason);
