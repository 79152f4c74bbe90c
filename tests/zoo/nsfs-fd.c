/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Row 2: an open nsfs file. "link": opened through /proc, reads as net:[N]. "unmounted": opened
 * through a bind mount that is gone since, so that readlink says "/" and only its device tells
 * what it is. Pinned. */
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>

#include "zoo.h"

static int open_through_mount(void)
{
        static const char *const target = "/tmp/netns";

        int home = zoo_check(open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC), "mount namespace");
        zoo_check(unshare(CLONE_NEWNS), "unshare(CLONE_NEWNS)");
        zoo_check(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), "making mounts private");
        zoo_check(mount("tmpfs", "/tmp", "tmpfs", 0, NULL), "mounting a tmpfs");
        close(zoo_check(open(target, O_RDONLY | O_CREAT | O_CLOEXEC, 0400), target));
        zoo_check(mount("/proc/self/ns/net", target, NULL, MS_BIND, NULL), "bind mount");
        int fd = zoo_check(open(target, O_RDONLY | O_CLOEXEC), target);
        zoo_check(umount2(target, MNT_DETACH), "unmounting");
        zoo_check(setns(home, CLONE_NEWNS), "setns to our mount namespace");
        close(home);
        return fd;
}

int main(int argc, char **argv)
{
        static const char *const variations[] = {"link", "unmounted", NULL};
        struct zoo z;

        zoo_start(&z, argc, argv, variations);
        zoo_enter(&z);
        if (zoo_is(&z, "unmounted"))
                z.fd = open_through_mount();
        else
                z.fd = zoo_check(open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC), "nsfs");
        zoo_leave(&z);
        zoo_tell(&z);
        zoo_wait();
        return 0;
}
