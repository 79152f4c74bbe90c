/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "census/procfs/witness.h"

#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>

/* include/uapi/linux/fcntl.h, 6.18: the root of nsfs, for open_by_handle_at(). */
#ifndef FD_NSFS_ROOT
#define FD_NSFS_ROOT (-10003)
#endif

/* include/linux/exportfs.h: FILEID_NSFS; include/uapi/linux/nsfs.h: struct nsfs_file_handle. */
#define NSFS_HANDLE_TYPE 0xf1
struct nsfs_handle {
        uint64_t ns_id;
        uint32_t ns_type;
        uint32_t ns_inum;
};

/* 6.19: the system call that came with the counting of active references. */
#ifndef SYS_listns
#define SYS_listns 470
#endif

static uint64_t clock_nsec(clockid_t clock)
{
        struct timespec t;
        clock_gettime(clock, &t);
        return (uint64_t)t.tv_sec * NSEC_PER_SEC + (uint64_t)t.tv_nsec;
}

void witness_init(struct witness *w)
{
        /* Without arguments it fails, with ENOSYS only where there is none. */
        w->counts_active = syscall(SYS_listns, NULL, NULL, 0, 0) < 0 && errno != ENOSYS;
        w->since_nsec = clock_nsec(CLOCK_REALTIME);
        for (unsigned i = 0; i < 50 && clock_nsec(CLOCK_REALTIME_COARSE) <= w->since_nsec; i++)
                (void)clock_nanosleep(CLOCK_MONOTONIC, 0, &(struct timespec){.tv_nsec = 500000},
                                      NULL);
}

static int open_netns(const struct netns_identity *id)
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

        if (id->cookie == 0 || id->inode == 0)
                return WITNESS_SILENT;
        _cleanup_close_ int fd = open_netns(id);
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
