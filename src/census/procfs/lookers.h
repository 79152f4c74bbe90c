/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The children that look into queues for a scan: one at a time, replaced when it gets stuck. Those
 * that are stuck are remembered, so that no second one gets stuck at the same place, and so that
 * nobody can have many of them. For one thread. */

#include <stdatomic.h>

#include "census/procfs/look.h"
#include "util/fair-share.h"
#include "util/fork-server.h"

struct lookers;
struct lookers *lookers_new(void); /* NULL when out of memory */
struct lookers *lookers_free(struct lookers *l);

/* Before and after a scan. */
void lookers_begin(struct lookers *l, struct fork_server *server, const _Atomic bool *cancel);
void lookers_end(struct lookers *l);

/* Whose queue it is. */
struct look_subject {
        pid_t pid;
        uid_t uid;                       /* whom the process is charged to */
        char share[FAIR_SHARE_NAME_MAX]; /* and the name of that share */
        uint64_t socket_inode;
};

/* Has a child look, and calls @fn for each record but LOOK_DONE and LOOK_CLOSED; what @fn returns
 * when negative ends it. 0, -EBUSY when a child is stuck with this process or with too many of this
 * user, -ETIMEDOUT when one got stuck now before it had told all, -ECANCELED, or another negative
 * errno. */
int lookers_ask(struct lookers *l, const struct look_subject *subject, int pidfd,
                const struct look_request *request,
                int (*fn)(const struct look_record *record, void *userdata), void *userdata);
