/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A unix datagram socket of ours, and one inside that is closed:
 *   unread   which has sent a datagram that we do not read; it carries its sender's socket;
 *   peer     which ours is still connected to. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "zoo.h"

static int bound(const char *path)
{
        struct sockaddr_un address = {.sun_family = AF_UNIX};

        snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
        int fd = zoo_check(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0), "socket(AF_UNIX)");
        zoo_check(bind(fd, (struct sockaddr *)&address, sizeof(address)), path);
        return fd;
}

static void connect_to(int fd, const char *path)
{
        struct sockaddr_un address = {.sun_family = AF_UNIX};

        snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
        zoo_check(connect(fd, (struct sockaddr *)&address, sizeof(address)), path);
}

int main(int argc, char **argv)
{
        static const char *const variations[] = {"unread", "peer", NULL};
        char folder[] = "/tmp/zoo-XXXXXX", path[64];
        struct zoo z;

        zoo_start(&z, argc, argv, variations);
        if (!mkdtemp(folder))
                zoo_check(-1, "mkdtemp in /tmp");
        snprintf(path, sizeof(path), "%s/socket", folder);
        if (zoo_is(&z, "unread")) {
                z.fd = bound(path);
                zoo_enter(&z);
                int sender = zoo_check(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0), "socket");
                connect_to(sender, path);
                zoo_check((int)send(sender, "x", 1, 0), "send");
                close(sender);
                zoo_leave(&z);
        } else {
                zoo_enter(&z);
                int peer = bound(path);
                zoo_leave(&z);
                z.fd = zoo_check(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0), "socket");
                connect_to(z.fd, path);
                close(peer);
        }
        zoo_unlink(path);
        zoo_tell(&z);
        zoo_wait();
        return 0;
}
