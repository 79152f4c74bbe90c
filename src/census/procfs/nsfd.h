/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What an nsfs fd tells of its namespace. Such an fd is a reference of ours: ask, then close. */

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "census/builder.h"

struct nsfd_facts {
        uint64_t inode;
        struct netns_facts facts; /* the cookie is 0 where the kernel does not tell (before 6.18) */
};

/* 0, or a negative errno when not even the inode number could be read. */
int nsfd_ask(int nsfs_fd, struct nsfd_facts *ret);

/* Whether the namespace is a network namespace. 1, 0, or a negative errno. */
int nsfd_is_netns(int nsfs_fd);
