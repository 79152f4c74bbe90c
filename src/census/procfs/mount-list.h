/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* All mounts of all mount namespaces, from the kernel's own lists (listmount(2), statmount(2) and
 * the nsfs ioctls; Linux 6.12): also of those that no process is in, and below roots that no reader
 * has. No path is made but of the few mounts that are asked for, so that a namespace full of long
 * ones costs little. */

#include <stdbool.h>
#include <stdint.h>

/* Superblock magics (include/uapi/linux/magic.h, net/sunrpc/rpc_pipe.c, fs/nfsd/nfsctl.c). */
#define MOUNT_MAGIC_NSFS       UINT64_C(0x6e736673)
#define MOUNT_MAGIC_BPF        UINT64_C(0xcafe4a11)
#define MOUNT_MAGIC_RPC_PIPEFS UINT64_C(0x67596969)
#define MOUNT_MAGIC_NFSD       UINT64_C(0x6e667364)

struct listed_mount {
        uint64_t mntns; /* inode of its mount namespace */
        uint64_t magic; /* one of those above: others are not listed */
        uint64_t device;
        uint64_t group, master; /* of the propagation of mounts; 0: none */
        const char *root;       /* what is mounted: "net:[N]", as statmount(2) tells it */
        const char *point;      /* where, below the root of its mount namespace; "" out of reach */
};

/* What is done with them; each may end it with a negative errno. */
struct mount_list_calls {
        int (*begin)(int mntns_fd, void *userdata); /* at each mount namespace */
        int (*mount)(const struct listed_mount *m, void *userdata);
        /* Now and then: 1 to go on, 0 to go on with the next mount namespace. */
        int (*ask)(void *userdata);
};

/* Goes through all of them. 0, -EOPNOTSUPP where
 * the kernel, a sandbox or our rights do not allow it (what was listed until then is not all of
 * it), what a call failed with, or another negative errno. */
int mount_list_each(const struct mount_list_calls *calls, void *userdata);
