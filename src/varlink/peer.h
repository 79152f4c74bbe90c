/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Who is at the other end of a connection, as the kernel noted it when they connected: what the
 * process has become since then, or whom it has given the fd to, does not change it. */

#include <stdbool.h>
#include <sys/types.h>

#include "util/macro.h"

struct varlink_peer {
        pid_t pid; /* 0 when not visible from this pid namespace */
        uid_t uid;
        gid_t gid;
        gid_t *groups; /* supplementary ones */
        size_t n_groups;
};

/* SO_PEERCRED and SO_PEERGROUPS (4.13) of the connected AF_UNIX socket @fd. On failure a negative
 * errno and nothing to release. */
int varlink_peer_init(struct varlink_peer *peer, int fd);
void varlink_peer_deinit(struct varlink_peer *peer);

/* Whether @gid is the peer's group or one of its supplementary ones. */
bool varlink_peer_in_group(const struct varlink_peer *peer, gid_t gid);
