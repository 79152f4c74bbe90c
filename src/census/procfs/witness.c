/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "census/procfs/witness.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>

#include "util/clock.h"
#include "util/kernel.h"

/* include/uapi/linux/fcntl.h, 6.18: the root of nsfs, for open_by_handle_at(). */
#ifndef FD_NSFS_ROOT
#define FD_NSFS_ROOT (-10003)
#endif

/* include/linux/proc_ns.h: the initial user namespace, since 3.8. */
#define PROC_USER_INIT_INO 0xEFFFFFFDU

/* include/linux/exportfs.h: FILEID_NSFS; include/uapi/linux/nsfs.h: struct nsfs_file_handle. */
#define NSFS_HANDLE_TYPE 0xf1
struct nsfs_handle {
        uint64_t ns_id;
        uint32_t ns_type;
        uint32_t ns_inum;
};

/* Ticks are 1 to 10 ms apart. */
#define WITNESS_PATIENCE_NSEC UINT64_C(100000000)

/* nsfs refuses a namespace with ESTALE, too, when we lack CAP_SYS_ADMIN in its owner. We have it in
 * all when we have it in the initial user namespace. */
static bool is_privileged(void)
{
        struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
        struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {};
        struct stat st;

        return stat("/proc/thread-self/ns/user", &st) == 0 && st.st_ino == PROC_USER_INIT_INO &&
               syscall(SYS_capget, &header, data) == 0 &&
               (data[CAP_TO_INDEX(CAP_SYS_ADMIN)].effective & CAP_TO_MASK(CAP_SYS_ADMIN));
}

void witness_init(struct witness *w)
{
        w->privileged = is_privileged();
        /* By version: a sandbox may answer EPERM to the system call that came with it, listns(2).
         */
        w->counts_active = kernel_version() >= KERNEL_VERSION_OF(6, 19);
        w->since_nsec = clock_nsec(CLOCK_REALTIME);
        /* A file that is made from now on must show a later time, so the clock of files must move
         * on first. It does with the next tick; if it stands still, there is no telling. */
        uint64_t patience = clock_nsec(CLOCK_MONOTONIC) + WITNESS_PATIENCE_NSEC;
        while (clock_nsec(CLOCK_REALTIME_COARSE) <= w->since_nsec) {
                if (clock_nsec(CLOCK_MONOTONIC) > patience) {
                        w->privileged = false;
                        return;
                }
                (void)clock_nanosleep(CLOCK_MONOTONIC, 0, &(struct timespec){.tv_nsec = 500000},
                                      NULL);
        }
}

int witness_open(const struct netns_identity *id)
{
        union {
                struct file_handle handle;
                char room[sizeof(struct file_handle) + sizeof(struct nsfs_handle)];
        } u = {.handle = {.handle_bytes = sizeof(struct nsfs_handle),
                          .handle_type = NSFS_HANDLE_TYPE}};
        struct nsfs_handle h = {
                .ns_id = id->cookie, .ns_type = CLONE_NEWNET, .ns_inum = (uint32_t)id->inode};

        memcpy(u.handle.f_handle, &h, sizeof(h));
        int fd = open_by_handle_at(FD_NSFS_ROOT, &u.handle, O_RDONLY | O_CLOEXEC);
        return fd < 0 ? negative_errno() : fd;
}

enum witness_word witness_ask(const struct witness *w, const struct netns_identity *id)
{
        struct statx stx;

        if (!w->privileged || id->cookie == 0 || id->inode == 0)
                return WITNESS_SILENT;
        _cleanup_close_ int fd = witness_open(id);
        if (fd == -ESTALE && w->counts_active)
                return WITNESS_INACTIVE;
        if (fd < 0 || statx(fd, "", AT_EMPTY_PATH, STATX_CTIME | STATX_INO, &stx) < 0 ||
            stx.stx_ino != id->inode)
                return WITNESS_SILENT;
        uint64_t made = (uint64_t)stx.stx_ctime.tv_sec * NSEC_PER_SEC + stx.stx_ctime.tv_nsec;
        if (made <= w->since_nsec)
                return WITNESS_REFERENCED;
        /* A time in the future: the clock was set back, and old can not be told from new. */
        if (made > clock_nsec(CLOCK_REALTIME))
                return WITNESS_SILENT;
        return WITNESS_UNREFERENCED;
}
