/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Going into a namespace and coming back with what is there. */

#include "inspect/inside.h"
#include "util/error.h"

/* Looks into @ns, and collects the details of the sockets in @inodes. @census (may be NULL) has the
 * namespaces that peers may be in, besides our own.
 *
 * A thread of its own enters the namespace and leaves nothing behind; while it does, and for the
 * nsfs fd that takes it there, the namespace has one reference more. Not on a thread that serves
 * anybody. 0, or a negative errno with the sentence (see reach_netns()). */
int inside_read(const struct netns *ns, const struct census *census, const uint64_t *inodes,
                size_t n_inodes, struct inside **ret, struct error *error);
