/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Socket files: making one where perhaps another server lives, or has died. */

#include <stdbool.h>
#include <sys/types.h>

#include "util/error.h"

/* A socket file this process made, to be removed at the end. */
struct varlink_socket_file {
        char *path; /* NULL: none */
        dev_t device;
        ino_t inode;
};

/* As varlink_server_listen() says; @ret_fd gets the listening socket (close-on-exec, not
 * blocking). A lock is held meanwhile (util/lock-file.h), so that of two servers that start at
 * the same moment one sees the other. */
int varlink_socket_listen(const char *path, mode_t mode, gid_t gid, int *ret_fd,
                          struct varlink_socket_file *ret_file, struct error *error);

/* Removes the file if it is still the one that was made, and forgets it. May be repeated. */
void varlink_socket_file_remove(struct varlink_socket_file *file);

/* Whether @fd is a listening AF_UNIX stream socket; makes it close-on-exec and not blocking. 0, or
 * a negative errno with the sentence. */
int varlink_socket_check(int fd, struct error *error);
