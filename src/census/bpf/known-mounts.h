/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Where namespaces are mounted, as the mount namespaces of all processes show it. It is read when
 * it is first asked for, and kept: for a minute, and as long as the kernel counts as many mounts of
 * each namespace as before. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* An nsfs mount, in some mount namespace. */
struct known_mount {
        uint64_t inode;         /* of the namespace */
        uint64_t mntns;         /* inode of the mount namespace it is in */
        uint64_t group, master; /* of the propagation of mounts; 0: none */
        pid_t pid;              /* that has it; 0: it is in the host's own mount namespace */
        bool is_copy;           /* mount propagation takes it away with another one */
        char *path;             /* escaped */
};

/* What there is to be shown of one namespace. */
struct mount_need {
        uint64_t cookie;
        uint64_t mounts;
};

/* All zero at first. For one thread. */
struct known_mounts {
        struct known_mount *items;
        size_t n, room;
        struct mount_need *needs; /* that they were read for */
        size_t n_needs;
        uint64_t read_usec; /* CLOCK_MONOTONIC; 0: not read */
        bool is_fresh;      /* read since the scan began */
};

void known_mounts_deinit(struct known_mounts *k);

/* What was read is to be read again. */
void known_mounts_forget(struct known_mounts *k);

/* A scan begins: what was read before is not fresh. */
void known_mounts_begin(struct known_mounts *k);

/* Forgets what was read where @needs are others than then, or that is long ago, or a process is
 * gone from its mount namespace. 0 or -ENOMEM. */
int known_mounts_expect(struct known_mounts *k, const struct mount_need *needs, size_t n);

/* Mount @index of the namespace with this inode number, of all that can be read and are no copies;
 * NULL when there is none. One process is asked of each mount namespace, and none waited for. */
const struct known_mount *known_mounts_get(struct known_mounts *k, uint64_t inode, unsigned index);

/* How many copies of those there are. */
unsigned known_mounts_copies(struct known_mounts *k, uint64_t inode);
