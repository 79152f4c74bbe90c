/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Row 12: an open /proc/.../net/ file, whose own inode is all that procfs tells of the namespace
 * it shows. */
#include <fcntl.h>

#include "zoo.h"

int main(int argc, char **argv)
{
        struct zoo z;

        zoo_start(&z, argc, argv, NULL);
        zoo_enter(&z);
        z.fd = zoo_check(open("/proc/thread-self/net/tcp", O_RDONLY | O_CLOEXEC), "/proc/net/tcp");
        z.socket_inode = zoo_inode(z.fd);
        zoo_leave(&z);
        zoo_tell(&z);
        zoo_wait();
        return 0;
}
