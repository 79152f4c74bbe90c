/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "census/procfs/mount-budget.h"

#include <sys/ioctl.h>

#include "netns/userns.h"
#include "util/clock.h"
#include "util/kernel.h"

/* In milliseconds. A mount costs about a microsecond, one on top of many others more. */
static const struct fair_share_limit limit = {.total = 4000, .each = 2000, .granted = 100};

#define OWNERS_MAX 256

void mount_budget_init(struct mount_budget *b, struct walker *w)
{
        *b = (struct mount_budget){
                .walker = w, .shares = {.size = sizeof(struct fair_share), .max = OWNERS_MAX}};
}

void mount_budget_deinit(struct mount_budget *b)
{
        fair_shares_deinit(&b->shares);
}

int mount_budget_charge(struct mount_budget *b, int mntns_fd)
{
        char name[FAIR_SHARE_NAME_MAX];

        _cleanup_close_ int userns = mntns_fd < 0 ? -EBADF : ioctl(mntns_fd, NSFS_GET_USERNS);
        uid_t uid = userns < 0 ? UID_UNKNOWN : userns_charged_uid(userns);
        b->share = fair_share_get(&b->shares, fair_share_name_of_uid(name, uid));
        b->since_usec = clock_usec(CLOCK_MONOTONIC);
        return b->share ? 0 : -ENOMEM;
}

int mount_budget_ask(struct mount_budget *b)
{
        uint64_t now = clock_usec(CLOCK_MONOTONIC);

        walker_at(b->walker, atomic_load(&b->walker->pid), SCAN_MOUNTS);
        if (atomic_load(&b->walker->walk->progress->cancel))
                return -ECANCELED;
        for (; b->since_usec + USEC_PER_MSEC <= now; b->since_usec += USEC_PER_MSEC)
                if (!fair_share_take(&b->shares, b->share, &limit)) {
                        builder_gap(b->walker->builder, GAP_MOUNTS_UNREADABLE,
                                    atomic_load(&b->walker->pid), 0);
                        return 0;
                }
        return 1;
}
