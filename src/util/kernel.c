/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "util/kernel.h"

#include <linux/magic.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/vfs.h>
#include <systemd/sd-id128.h>

int kernel_pidfd_open(pid_t pid, unsigned flags)
{
        int fd = (int)syscall(SYS_pidfd_open, pid, flags);
        return fd < 0 ? negative_errno() : fd;
}

int kernel_pidfd_getfd(int pidfd, int target_fd)
{
        int fd = (int)syscall(SYS_pidfd_getfd, pidfd, target_fd, 0);
        return fd < 0 ? negative_errno() : fd;
}

int kernel_kcmp_files(pid_t a, pid_t b)
{
        long r = syscall(SYS_kcmp, a, b, KCMP_FILES_TYPE, 0, 0);
        if (r < 0)
                return negative_errno();
        return (int)r;
}

unsigned kernel_version(void)
{
        static _Atomic unsigned known; /* a scan asks at each thread and ring */
        unsigned major = 0, minor = 0;
        struct utsname u;

        if (known == 0 && uname(&u) == 0 && sscanf(u.release, "%u.%u", &major, &minor) == 2)
                known = KERNEL_VERSION_OF(major, minor);
        return known;
}

int kernel_require(struct error *error)
{
        struct statfs fs;
        struct utsname u = {};

        if (kernel_version() < KERNEL_VERSION_OF(5, 6)) {
                (void)uname(&u);
                return error_set(error, ENOSYS,
                                 "Linux %s is too old: pidfd_getfd(2) came with 5.6, and without "
                                 "it no other process's socket can be looked at",
                                 u.release);
        }
        if (statfs("/proc", &fs) < 0 || fs.f_type != PROC_SUPER_MAGIC)
                return error_set(
                        error, ENOENT,
                        "There is no procfs on /proc; mount one: mount -t proc proc /proc");
        return 0;
}

int kernel_boot_id(char ret[static 33])
{
        sd_id128_t id;
        int r = sd_id128_get_boot(&id);
        if (r < 0)
                return r;
        sd_id128_to_string(id, ret);
        return 0;
}
