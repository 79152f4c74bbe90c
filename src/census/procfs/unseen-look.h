/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* One look at the links that are tied to others in other namespaces: unseen.h. */

#include "census/builder.h"
#include "census/procfs/walk.h"
#include "netlink/rt-ids.h"

struct unseen_look {
        struct walk *walk;
        struct rt_ids ids;
        struct rt_ties ties;
        struct unseen_known *known;
        size_t n_known, room_known;
        struct number_set *covered; /* numbers that known namespaces have, and + 1, for 0 is one */
        uint64_t others_usec;       /* spent on other namespaces' links */
        size_t n_unasked;           /* those in flight, which may have any of the numbers */
};

#define UNSEEN_LOOK_NULL ((struct unseen_look){.ids = RT_IDS_NULL})

/* Looks from our own namespace on, as far as links lead through those known in @b; in l->ties stay
 * the ties to none of them. To be ended with unseen_look_deinit(), also on failure; @l was not
 * begun, or ended. 0, -ECANCELED or -ENOMEM; of all else that goes wrong nothing is concluded: no
 * ties. */
int unseen_look_at_all(struct unseen_look *l, struct walk *walk, struct builder *b);
void unseen_look_deinit(struct unseen_look *l);
