/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Keeps out of file systems in which a lookup may wait for a server, or for somebody who plays one:
 * FUSE, NFS, automounts and all that is not known to be local. The kernel has no question for it
 * that does not ask the server itself (statfs(2) does), so the list of mounts must tell. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct mount_guard {
        int process_fd;  /* of /proc/PID: whose list of mounts is read */
        uint64_t passed; /* the mount that was found to be local last; UINT64_MAX: none */
};

#define MOUNT_GUARD_INIT(fd) ((struct mount_guard){.process_fd = (fd), .passed = UINT64_MAX})

/* Whether a name can be looked up in @fd (O_PATH) without waiting. 0, -EAGAIN when not or when it
 * cannot be known, or another negative errno. */
int mount_guard_check(struct mount_guard *g, int fd);

/* Opens for reading the regular file that a link of the kernel's own below @process_fd leads to
 * ("exe"): a file of another's choice, but none that an open starts or waits for. An fd
 * (close-on-exec), -EAGAIN, -EINVAL for another kind of file, or another negative errno. */
int mount_guard_open(int process_fd, const char *link);

/* Whether a file system of this type has all it needs in this kernel. A layered one is as local as
 * its layers, which @trusted says: only who may mount anything here has made it. */
bool mount_guard_is_local(const char *type, size_t length, bool trusted);
