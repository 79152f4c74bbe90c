/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The collector that walks /proc, as its parts see it. Internal to procfs/. */

#include "census/collector.h"
#include "census/procfs/kernel-word.h"
#include "census/procfs/walk.h"

struct procfs {
        struct collector collector; /* first */
        struct walk walk;
        uint64_t start_boottime_usec;
        struct number_list pids;
        struct number_set *confirmed; /* cookies of the orphans of the last scan */
        struct number_set *unseen;    /* ties (unseen.h) that were left over in the last scan */
        struct number_set *named;     /* files that it named nameless namespaces after */
        enum kernel_word_rule rule;   /* tried when it is first needed */
};

/* One walk over everything. @exact: nothing is taken from a moment before it. 0 or a negative
 * errno. */
int procfs_walk_into(struct procfs *p, struct builder *b, bool exact);

/* The second look at all that is orphaned in @b, which is settled and is again on return. 0 or a
 * negative errno. */
int procfs_look_again(struct procfs *p, struct builder *b);

/* Whether the kernel says that a namespace still exists. */
enum netns_presence procfs_presence(struct procfs *p, const struct netns_identity *id);
