/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A sysfs that was mounted inside. It shows the network devices of the namespace that it was
 * mounted in, and yet does not keep it: when nothing else does, the namespace goes. */
#include <sched.h>
#include <sys/mount.h>

#include "zoo.h"

int main(int argc, char **argv)
{
        struct zoo z;

        zoo_start(&z, argc, argv, NULL);
        zoo_check(unshare(CLONE_NEWNS), "unshare(CLONE_NEWNS)");
        zoo_check(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), "making all mounts private");
        zoo_enter(&z);
        zoo_check(mount("sysfs", "/mnt", "sysfs", 0, NULL), "mounting sysfs on /mnt");
        zoo_leave(&z);
        zoo_tell(&z);
        zoo_wait();
        return 0;
}
