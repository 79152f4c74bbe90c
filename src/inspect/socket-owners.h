/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Which processes have a socket open. */

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct socket_owner {
        uint64_t socket_inode;
        pid_t pid;
        int fd;
        char *comm; /* escaped; NULL */
};

/* Looks for the @n sockets with the inodes @wanted in every process's own fd table; the first
 * some dozens that have one. Nothing is read where none is wanted. 0 or -ENOMEM; both with what
 * was found in *ret, to be released with socket_owners_free(). */
int socket_owners_read(const uint64_t *wanted, size_t n, struct socket_owner **ret, size_t *ret_n);
void socket_owners_free(struct socket_owner *owners, size_t n);
