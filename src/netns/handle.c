/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "netns/handle.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "util/macro.h"

/* include/uapi/linux/fcntl.h, 6.18: the root of nsfs, for open_by_handle_at(2). */
#ifndef FD_NSFS_ROOT
#define FD_NSFS_ROOT (-10003)
#endif

/* include/linux/exportfs.h, 6.18: FILEID_NSFS. */
#define HANDLE_TYPE_NSFS 0xf1

/* include/uapi/linux/nsfs.h, 6.18: struct nsfs_file_handle. */
struct nsfs_handle {
        uint64_t ns_id;
        uint32_t ns_type;
        uint32_t ns_inum;
};

/* include/linux/proc_ns.h: the initial namespaces have had these numbers since 3.8. */
#define PROC_PID_INIT_INO  0xEFFFFFFCU
#define PROC_USER_INIT_INO 0xEFFFFFFDU

int handle_open(uint64_t inode, uint64_t cookie)
{
        union {
                struct file_handle handle;
                char room[sizeof(struct file_handle) + sizeof(struct nsfs_handle)];
        } u = {.handle = {.handle_bytes = sizeof(struct nsfs_handle),
                          .handle_type = HANDLE_TYPE_NSFS}};
        const struct nsfs_handle h = {
                .ns_id = cookie, .ns_type = CLONE_NEWNET, .ns_inum = (uint32_t)inode};

        if (cookie == 0)
                return -EOPNOTSUPP;
        memcpy(u.handle.f_handle, &h, sizeof(h));
        int fd = open_by_handle_at(FD_NSFS_ROOT, &u.handle,
                                   O_RDONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
        if (fd >= 0)
                return fd;
        /* Older kernels take the number of the root for that of an fd. */
        return errno == EBADF ? -EOPNOTSUPP : negative_errno();
}

static bool is_in(const char *link, ino_t inode)
{
        struct stat st;

        return stat(link, &st) == 0 && st.st_ino == inode;
}

bool handle_may_open_all(void)
{
        struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
        struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {};

        return is_in("/proc/thread-self/ns/user", PROC_USER_INIT_INO) &&
               is_in("/proc/thread-self/ns/pid", PROC_PID_INIT_INO) &&
               syscall(SYS_capget, &header, data) == 0 &&
               (data[CAP_TO_INDEX(CAP_SYS_ADMIN)].effective & CAP_TO_MASK(CAP_SYS_ADMIN));
}
