/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* O_PATH fds. "nsfs": of a namespace file, which it holds as any fd does. Pinned. "socket" and
 * "procnet": of a socket whose own fd is closed, and of a file below /proc/PID/net: the inode
 * stays, and the namespace goes. "socket-later": the socket
 * is closed in the next act. */
#include <fcntl.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "zoo.h"

static int open_path(const char *path)
{
        return zoo_check(open(path, O_PATH | O_CLOEXEC), path);
}

int main(int argc, char **argv)
{
        static const char *const variations[] = {"nsfs", "socket", "socket-later", "procnet", NULL};
        struct zoo z;
        char path[64];
        int fd = -1;

        zoo_start(&z, argc, argv, variations);
        zoo_enter(&z);
        if (zoo_is(&z, "nsfs"))
                z.fd = open_path("/proc/thread-self/ns/net");
        else if (zoo_is(&z, "procnet"))
                z.fd = open_path("/proc/thread-self/net/tcp");
        else {
                fd = zoo_check(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), "socket");
                (void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
                z.fd = open_path(path);
        }
        if (!zoo_is(&z, "nsfs"))
                z.socket_inode = zoo_inode(z.fd);
        zoo_leave(&z);
        if (zoo_is(&z, "socket-later")) {
                int path_fd = z.fd;
                z.fd = fd;
                zoo_tell(&z);
                zoo_next_act();
                z.fd = path_fd;
        }
        if (fd >= 0)
                close(fd);
        zoo_tell(&z);
        zoo_wait();
        return 0;
}
