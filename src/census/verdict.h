/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The rules, in one place: what a namespace is, and how sure that is. */

#include "census/coverage.h"
#include "census/netns.h"

/* The verdict from what is known to hold @ns: attached by a task; else pinned by an nsfs file,
 * mount, nsfs file in flight, or an nsfs reference that only the kernel told of; else orphaned. */
enum verdict verdict_of(const struct netns *ns);

/* Whether the verdict of @ns could be another, had everything been seen. A task that was not seen
 * turns any verdict into attached, an nsfs reference turns orphaned into pinned. */
bool verdict_is_partial(const struct netns *ns, const struct coverage *coverage);

/* Two kinds of pinned namespaces that are a leak more often than not. Both are said only where what
 * was not seen cannot make it untrue. */
struct verdict_pin {
        bool unnamed; /* only open files lead to it, no mount */
        bool empty;   /* only mounts lead to it, and nothing else holds it */
};

struct verdict_pin verdict_pin_of(const struct netns *ns, const struct coverage *coverage);
