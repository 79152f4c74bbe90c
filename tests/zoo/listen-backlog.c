/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Row 13: a connection that waits in our listen backlog, its client gone with its namespace: the
 * waiting socket belongs to that namespace and shows nowhere. At a line on stdin it is accepted:
 * from then on it is row 5, with the same cookie, which proves that it was alive all along. */
#include <sys/socket.h>
#include <unistd.h>

#include "zoo.h"

int main(int argc, char **argv)
{
        struct zoo z;
        char path[64];

        zoo_start(&z, argc, argv, NULL);
        z.fd = zoo_listen(path);
        zoo_enter(&z);
        int client = zoo_connect(path);
        zoo_leave(&z);
        close(client);
        zoo_unlink(path);
        zoo_tell(&z);

        if (!zoo_next_act())
                return 0;
        z.fd = zoo_check(accept4(z.fd, NULL, NULL, SOCK_CLOEXEC), "accept");
        z.socket_inode = zoo_inode(z.fd);
        z.cookie = zoo_cookie(z.fd);
        zoo_tell(&z);
        zoo_wait();
        return 0;
}
