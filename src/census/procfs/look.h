/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A look into the queue of a unix socket, done by a child (util/fork-server.h), and what it says of
 * the files in flight there.
 *
 * MSG_PEEK gives the looker an fd for each file, and closing an fd of a file on FUSE or NFS waits
 * for its server, maybe for ever, and unkillably (the flush of close(2)). The child closes such
 * files last, when it has told all and holds nothing else any more. */

#include <net/if.h>

#include "census/census.h"
#include "census/procfs/kernel-devices.h"
#include "netns/nsfd.h"

/* From the scan to the child, with a pidfd. */
struct look_request {
        int fd; /* of the socket, in the fd table that the pidfd leads to */
        uint64_t socket_inode;
        uint64_t scm_fds; /* files that its fdinfo counts */
        struct kernel_devices devices;
};

enum look_kind {
        LOOK_SOCKET,    /* a file in flight that may hold a namespace */
        LOOK_NSFS,      /* likewise; namespaces of other types are left out */
        LOOK_TUN,       /* likewise */
        LOOK_PROC,      /* a file of procfs that may hold one: inode is its own */
        LOOK_OTHER,     /* likewise, of a kind that tells nothing of its namespace: holder */
        LOOK_UNREACHED, /* so many files in flight cannot be reached: count */
        LOOK_GONE,      /* the socket is no more, or another file */
        LOOK_DONE,      /* all is told */
        LOOK_CLOSED,    /* and all is closed: the child is ready for the next request */
};

/* From the child to the scan: some of the first kinds, LOOK_DONE, then LOOK_CLOSED. */
struct look_record {
        enum look_kind kind;
        enum holder_kind holder;
        unsigned depth; /* how many queues deep, from 1 */
        int error;      /* negative errno: its namespace cannot be asked for */
        uint64_t count;
        uint64_t inode; /* of the socket, or file */
        int family, type, protocol;
        uint64_t cookie;
        struct nsfd_facts netns;
        char device[IF_NAMESIZE]; /* tun: its interface */
        uint64_t device_netns;    /* and the inode number of the namespace that is in now */
};

/* What a child does. */
void look_main(int socket_fd);
