/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Row 5: a connection accepted by us, made by a client in another namespace that is gone since.
 * The accepted socket belongs to the client's namespace, though a process that never left its
 * own made it. Orphaned. */
#include <sys/socket.h>
#include <unistd.h>

#include "zoo.h"

int main(int argc, char **argv)
{
        struct zoo z;
        char path[64];

        zoo_start(&z, argc, argv, NULL);
        int listener = zoo_listen(path);
        zoo_enter(&z);
        int client = zoo_connect(path);
        zoo_leave(&z);
        z.fd = zoo_check(accept4(listener, NULL, NULL, SOCK_CLOEXEC), "accept");
        z.socket_inode = zoo_inode(z.fd);
        close(client);
        zoo_unlink(path);
        zoo_tell(&z);
        zoo_wait();
        return 0;
}
