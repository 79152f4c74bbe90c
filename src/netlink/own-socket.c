/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "netlink/own-socket.h"

#include <stdatomic.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "util/macro.h"

/* Each inode in the place it divides into: the kernel counts them up, so that the next thousands
 * have others. */
#define PLACES 4096u

static _Atomic uint64_t inodes[PLACES];

int own_socket_open(int family, int type, int protocol)
{
        struct stat st;
        _cleanup_close_ int fd = socket(family, type | SOCK_CLOEXEC, protocol);

        if (fd < 0 || fstat(fd, &st) < 0)
                return negative_errno();
        atomic_store(&inodes[st.st_ino % PLACES], st.st_ino);
        return TAKE_FD(fd);
}

bool own_socket_has(uint64_t inode)
{
        return inode != 0 && atomic_load(&inodes[inode % PLACES]) == inode;
}
