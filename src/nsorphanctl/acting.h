/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The guard of the verbs that change something: `silence`, `unpin`, `release`. */

#include "nsorphanctl/netns-target.h"

/* Finds the one namespace that @s names, scanning now, and refuses all that must not be acted on:
 * the namespace we run in, the initial one, one that a task is in, one that unseen things could
 * make attached; and one that is pinned, unless options->unnamed (no mount leads to it) or
 * options->empty (mounts alone keep it) says that it may be.
 *
 * As netns_target_scan(); -EPERM with the sentence when it is refused. */
int acting_find(const struct options *options, const char *s, struct census **ret_census,
                const struct netns **ret, struct error *error);

/* The same namespace in a scan that is made at this moment, still not to be refused. */
int acting_confirm(const struct options *options, const struct netns_identity *id,
                   struct census **ret_census, struct error *error);

/* Whether a namespace that was there has ended when @census does not show it. */
bool acting_is_proof(const struct census *census);
