/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What every source ends with: the table that it has filled becomes a census. */

#include "census/builder.h"
#include "census/scan-options.h"

/* Whether the kernel says that a namespace which the census has not still exists. */
typedef enum netns_presence (*finish_presence_fn)(const struct netns_identity *id, void *userdata);

/* Moves all of @b, which is judged, into a new census, and completes that: how sure each verdict
 * is, and what has become of the namespaces that @options ask about. 0 or -ENOMEM. */
int finish_census(struct builder *b, const struct scan_options *options,
                  finish_presence_fn presence, void *userdata, struct census **ret);
