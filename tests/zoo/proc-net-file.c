/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Row 12: an open /proc/.../net/ file, whose own inode is all that procfs tells of the namespace
 * it shows. "mounted": opened through a bind mount of it that is gone since, so that its link reads
 * "/". "softnet_stat": one that does not keep its namespace. */
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>

#include "zoo.h"

static int open_through_mount(const char *path)
{
        static const char target[] = "/tmp/file";

        int home = zoo_check(open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC), "mount namespace");
        zoo_check(unshare(CLONE_NEWNS), "unshare(CLONE_NEWNS)");
        zoo_check(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), "making mounts private");
        zoo_check(mount("tmpfs", "/tmp", "tmpfs", 0, NULL), "mounting a tmpfs");
        close(zoo_check(open(target, O_RDONLY | O_CREAT | O_CLOEXEC, 0400), target));
        zoo_check(mount(path, target, NULL, MS_BIND, NULL), "bind mount");
        int fd = zoo_check(open(target, O_RDONLY | O_CLOEXEC), target);
        zoo_check(umount2(target, MNT_DETACH), "unmounting");
        zoo_check(setns(home, CLONE_NEWNS), "setns to our mount namespace");
        close(home);
        return fd;
}

int main(int argc, char **argv)
{
        static const char *const variations[] = {"tcp", "mounted", "softnet_stat", NULL};
        struct zoo z;

        zoo_start(&z, argc, argv, variations);
        zoo_enter(&z);
        if (zoo_is(&z, "mounted"))
                z.fd = open_through_mount("/proc/thread-self/net/tcp");
        else if (zoo_is(&z, "softnet_stat"))
                z.fd = zoo_check(open("/proc/thread-self/net/softnet_stat", O_RDONLY | O_CLOEXEC),
                                 "softnet_stat");
        else
                z.fd = zoo_check(open("/proc/thread-self/net/tcp", O_RDONLY | O_CLOEXEC),
                                 "/proc/net/tcp");
        z.socket_inode = zoo_inode(z.fd);
        zoo_leave(&z);
        zoo_tell(&z);
        zoo_wait();
        return 0;
}
