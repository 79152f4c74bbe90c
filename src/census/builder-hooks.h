/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What a builder asks whom it works for. */

#include "census/census.h"

/* What says of each holder emitted from now on whether it is one of ours, looking: then it is left
 * out, and its namespace, unless @id is NULL (unresolved), noted as visited. */
typedef bool (*builder_filter_fn)(const struct netns_identity *id, const struct holder *h,
                                  void *userdata);

/* Tells two namespaces apart that have had one inode number within a scan. A number belongs to one
 * living namespace at a time. */
struct builder_asker {
        /* Whether tasks and nsfs references that were found under the number of this namespace, of
         * which sockets were found, are to be asked about: it was an orphan before. */
        bool (*doubts)(const struct netns_identity *id, void *userdata);
        /* The cookie of the namespace that has the number of @ns now, by one of the tasks and nsfs
         * references in @ns; 0 when none of them leads there any more. */
        uint64_t (*ask)(const struct netns *ns, void *userdata);
        void *userdata;
};
