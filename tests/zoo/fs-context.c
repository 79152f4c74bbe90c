/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A file system context: it keeps the namespace it was made in, whatever file system it is of. */
#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "zoo.h"

int main(int argc, char **argv)
{
        static const char *const variations[] = {"fsopen", "fspick", NULL};
        struct zoo z;

        zoo_start(&z, argc, argv, variations);
        zoo_enter(&z);
        /* FSOPEN_CLOEXEC and FSPICK_CLOEXEC are 1. */
        z.fd = zoo_is(&z, "fsopen") ? (int)syscall(SYS_fsopen, "tmpfs", 1)
                                    : (int)syscall(SYS_fspick, AT_FDCWD, "/proc", 1);
        zoo_available(z.fd, z.variation);
        zoo_leave(&z);
        zoo_tell(&z);
        zoo_wait();
        return 0;
}
