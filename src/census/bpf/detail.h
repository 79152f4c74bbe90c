/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What the kernel's structures do not say as cheaply as /proc: names of files and interfaces, and
 * whom a process is charged to. All of it is a help to the reader, and decides nothing. */

#include "census/census.h"
#include "census/charge.h"

/* An nsfs mount, in some mount namespace. */
struct known_mount {
        uint64_t inode; /* of the namespace */
        pid_t pid;      /* that has it; 0: it is in our own mount namespace */
        char *path;     /* escaped */
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

/* Mount @index of the namespace with this inode number, of all that can be read; NULL when there is
 * none. One process is asked of each mount namespace, and none waited for. */
const struct known_mount *details_mount(struct details *d, uint64_t inode, unsigned index);
