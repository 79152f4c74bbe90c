/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What the kernel's structures do not say as cheaply as /proc: names of files and interfaces, and
 * whom a process is charged to. All of it is a help to the reader, and decides nothing. */

#include "census/census.h"
#include "census/charge.h"

/* An nsfs mount, in some mount namespace. */
struct known_mount {
        uint64_t inode;         /* of the namespace */
        uint64_t mntns;         /* inode of the mount namespace it is in */
        uint64_t group, master; /* of the propagation of mounts; 0: none */
        pid_t pid;              /* that has it; 0: it is in the host's own mount namespace */
        bool is_copy;           /* mount propagation takes it away with another one */
        char *path;             /* escaped */
};

struct details {
        struct charge_cache charges;
        struct known_mount *mounts; /* read when they are first needed */
        size_t n_mounts, room;
        bool has_mounts;
};

void details_deinit(struct details *d);

/* Adds to @h what can be read of it. 0 or -ENOMEM. */
int details_fill(struct details *d, struct holder *h);

/* Mount @index of the namespace with this inode number, of all that can be read and are no copies;
 * NULL when there is none. One process is asked of each mount namespace, and none waited for. */
const struct known_mount *details_mount(struct details *d, uint64_t inode, unsigned index);

/* How many copies of those there are. */
unsigned details_copies(struct details *d, uint64_t inode);
