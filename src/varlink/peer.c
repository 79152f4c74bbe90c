/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "varlink/peer.h"

#include <sys/socket.h>

int varlink_peer_init(struct varlink_peer *peer, int fd)
{
        struct ucred credentials;
        socklen_t size = sizeof(credentials);
        _cleanup_free_ gid_t *groups = NULL;
        socklen_t bytes = 0;

        if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &credentials, &size) < 0)
                return negative_errno();

        /* Asked with too little room the kernel says how much it wants (net/core/sock.c). */
        while (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups, &bytes) < 0) {
                if (errno != ERANGE)
                        return negative_errno();
                free(groups);
                groups = malloc(bytes);
                if (!groups)
                        return -ENOMEM;
        }
        *peer = (struct varlink_peer){
                .pid = credentials.pid,
                .uid = credentials.uid,
                .gid = credentials.gid,
                .n_groups = bytes / sizeof(gid_t),
        };
        peer->groups = TAKE_PTR(groups);
        return 0;
}

void varlink_peer_deinit(struct varlink_peer *peer)
{
        free(peer->groups);
        *peer = (struct varlink_peer){};
}

bool varlink_peer_in_group(const struct varlink_peer *peer, gid_t gid)
{
        if (peer->gid == gid)
                return true;
        for (size_t i = 0; i < peer->n_groups; i++)
                if (peer->groups[i] == gid)
                        return true;
        return false;
}
