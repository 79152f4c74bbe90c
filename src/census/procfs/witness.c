/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "census/procfs/witness.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>

#include "netns/handle.h"
#include "util/clock.h"
#include "util/kernel.h"

/* Ticks are 1 to 10 ms apart. */
#define WITNESS_PATIENCE_NSEC UINT64_C(100000000)

void witness_init(struct witness *w)
{
        w->privileged = handle_may_open_all();
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

enum witness_word witness_ask(const struct witness *w, const struct netns_identity *id)
{
        struct statx stx;

        if (!w->privileged || id->cookie == 0 || id->inode == 0)
                return WITNESS_SILENT;
        _cleanup_close_ int fd = handle_open(id->inode, id->cookie);
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
