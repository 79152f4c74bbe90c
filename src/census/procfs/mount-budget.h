/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The time that mounts may cost in a scan, shared fairly by those who own the mount namespaces: the
 * kernel climbs from each mount to the root of its namespace, and anybody may stack 100,000. */

#include <stdbool.h>

#include "census/procfs/walker.h"
#include "util/fair-share.h"

struct mount_budget {
        struct walker *walker;
        struct fair_shares shares;
        struct fair_share *share; /* of the owner of the namespace that is being read */
        uint64_t since_usec;      /* when it was charged last */
};

void mount_budget_init(struct mount_budget *b, struct walker *w);
void mount_budget_deinit(struct mount_budget *b);

/* From here on the owner of the mount namespace @mntns_fd pays; those of namespaces that cannot be
 * asked share one purse. 0 or -ENOMEM. */
int mount_budget_charge(struct mount_budget *b, int mntns_fd);

/* Whether this namespace may be read further. 1, 0 when its owner has spent all, which is counted
 * as a gap then, or -ECANCELED. Counts as getting on. */
int mount_budget_ask(struct mount_budget *b);
