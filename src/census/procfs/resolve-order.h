/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* In which order namespaces are asked, for there may be no time for all. */

#include "census/census.h"

/* Those that are in use first; then the orphans: the first of each owner, then the second of each,
 * so that who has thousands comes last. 0 or -ENOMEM. */
int resolve_order(struct netns **known, size_t n);
