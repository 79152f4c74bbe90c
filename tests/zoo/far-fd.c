/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A socket in an fd table with gaps: "far", behind a long one; "gaps", behind many short ones. */
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "zoo.h"

#define FAR 900

int main(int argc, char **argv)
{
        static const char *const variations[] = {"far", "gaps", NULL};
        struct zoo z;

        zoo_start(&z, argc, argv, variations);
        zoo_enter(&z);
        int fd = zoo_check(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), "socket");
        z.fd = zoo_check(fcntl(fd, F_DUPFD_CLOEXEC, FAR), "duplicating");
        z.socket_inode = zoo_inode(fd);
        close(fd);
        zoo_leave(&z);
        if (zoo_is(&z, "gaps"))
                for (int i = 10; i < FAR; i += 3)
                        zoo_check(fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, i), "duplicating");
        zoo_tell(&z);
        zoo_wait();
        return 0;
}
