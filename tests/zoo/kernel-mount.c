/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A file system that the kernel makes for each network namespace, mounted inside: it keeps that for
 * as long as it is mounted anywhere. */
#include <errno.h>
#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>

#include "zoo.h"

int main(int argc, char **argv)
{
        static const char *const variations[] = {"rpc_pipefs", "nfsd", NULL};
        struct zoo z;

        zoo_start(&z, argc, argv, variations);
        zoo_check(unshare(CLONE_NEWNS), "unshare(CLONE_NEWNS)");
        zoo_check(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), "making mounts private");
        zoo_enter(&z);
        z.path = "/tmp";
        int r = mount(z.variation, z.path, z.variation, 0, NULL);
        if (r < 0 && errno == ENODEV)
                zoo_available(r, z.variation);
        zoo_check(r, z.variation);
        zoo_leave(&z);
        zoo_tell(&z);
        zoo_wait();
        return 0;
}
