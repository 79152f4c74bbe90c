/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What an nsfs fd tells of its namespace. Such an fd is a reference of ours: ask, then close. */

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* What can be known of a namespace besides its inode number. */
struct netns_facts {
        uint64_t cookie; /* 0: not known */
        bool has_owner;
        uint64_t owner_userns; /* inode of the owning user namespace */
        uid_t owner_uid;       /* of that user namespace, as seen from ours */
        uid_t charged_uid;     /* netns/userns.h; UID_UNKNOWN without an owner */
};

struct nsfd_facts {
        uint64_t inode;
        struct netns_facts facts; /* the cookie is 0 where the kernel does not tell (before 6.18) */
};

/* 0, or a negative errno when not even the inode number could be read. */
int nsfd_ask(int nsfs_fd, struct nsfd_facts *ret);

/* Whether the namespace is a network namespace. 1, 0, or a negative errno. */
int nsfd_is_netns(int nsfs_fd);

/* SO_NETNS_COOKIE of the namespace: by NSFS_GET_ID (6.18), else from a socket that a thread makes
 * inside: then the namespace has a task in it for that moment. 0 with *ret, -EOPNOTSUPP below 5.14,
 * or a negative errno. */
int nsfd_cookie(int nsfs_fd, uint64_t *ret);
