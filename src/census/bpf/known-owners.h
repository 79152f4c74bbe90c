/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Whose a namespace is, as a share (util/fair-share.h): of the user that made it or the user
 * namespace it is in. What root made is of the unit that had a task in it; which that was is noted
 * while it has one. */

#include "census/bpf/look.h"
#include "util/fair-share.h"

struct known_owner {
        uint64_t cookie;
        char name[FAIR_SHARE_NAME_MAX];
};

struct known_owners {
        struct known_owner *items; /* root's, sorted by cookie */
        size_t n;
};

void known_owners_deinit(struct known_owners *o);

/* After a look that lists tasks. 0 or -ENOMEM. */
int known_owners_update(struct known_owners *o, struct looker *l, const struct look *look);

/* The share of @ns. */
const char *known_owners_share(const struct known_owners *o, const struct look_net *ns,
                               char buffer[static FAIR_SHARE_NAME_MAX]);
