/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Taking the names of a namespace away: all its mounts, in every mount namespace that a task is in.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "netns/open.h"

/* One mount that was found. */
struct unpin_mount {
        char *path;    /* escaped, as its task sees it */
        char *comm;    /* of the task, escaped; NULL: not known, or ended */
        char *covered; /* the path that is mounted over, escaped; NULL: none */
        pid_t pid;
        bool host;     /* it is in the host's own mount namespace, where the pid means nothing */
        int errnum;    /* 0: taken away; else why not, negative */
        bool unlinked; /* and so was the file that it was mounted on */
};

struct unpin {
        struct unpin_mount *mounts;
        size_t n, room;
};

/* Takes them all away that can be. Mount propagation takes copies with their original, which are
 * not listed then. 0, or a negative errno when not all mounts could be looked for: those listed
 * were dealt with all the same. */
int unpin_all(const struct netns_wanted *wanted, struct unpin *ret);
void unpin_deinit(struct unpin *u);
