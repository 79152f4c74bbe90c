/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Namespaces that nothing visible leads to, told by the links that are tied to others in them
 * (netlink/rt-ids.h): the kernel has a number for each, and one that no known namespace has
 * belongs to a namespace that is not known.
 *
 * Seen from our own network namespace, and from all known ones that can be got to from there by
 * links. Those that only files in flight lead to may not be asked for their number: so many are not
 * counted. A nameless namespace has none that could be asked for either, and is counted here, too,
 * where a link is tied to it: what it is known by proves no more than that it is none of the
 * others. */

#include "census/builder.h"
#include "census/procfs/walk.h"

/* Counts them in @b, which is judged and rechecked, as GAP_NETNS_UNSEEN. A namespace is counted
 * when a walk over everything, between two looks at the very same link, has found nothing that
 * leads to it: this scan's after the look of the scan before, or else one more. 0, -ECANCELED, or
 * -ENOMEM; of all else that goes wrong nothing is concluded. */
int unseen_count(struct walk *walk, struct builder *b);
