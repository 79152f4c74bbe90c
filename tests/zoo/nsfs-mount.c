/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Row 3: an nsfs bind mount in a mount namespace that nobody else is in; no fd. Pinned. */
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>

#include "zoo.h"

int main(int argc, char **argv)
{
        struct zoo z;

        zoo_start(&z, argc, argv, NULL);
        z.path = "/tmp/netns";
        zoo_check(unshare(CLONE_NEWNS), "unshare(CLONE_NEWNS)");
        zoo_check(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), "making mounts private");
        zoo_check(mount("tmpfs", "/tmp", "tmpfs", 0, NULL), "mounting a tmpfs");
        close(zoo_check(open(z.path, O_RDONLY | O_CREAT | O_CLOEXEC, 0400), z.path));
        zoo_enter(&z);
        zoo_check(mount("/proc/self/ns/net", z.path, NULL, MS_BIND, NULL), "bind mount");
        zoo_leave(&z);
        zoo_tell(&z);
        zoo_wait();
        return 0;
}
