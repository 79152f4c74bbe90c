/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "census/procfs/file-class.h"

#include "util/macro.h"

/* include/uapi/linux/miscdevice.h, drivers/net/tun.c: misc device 10:200. */
#define TUN_MAJOR 10
#define TUN_MINOR 200
/* drivers/vhost/net.c, drivers/vhost/vsock.c: fixed minors of the same major. */
#define VHOST_NET_MINOR   238
#define VHOST_VSOCK_MINOR 241
#define MISC_MAJOR        TUN_MAJOR

/* fs/proc/inode.c gives its superblocks blocks of 1024 bytes; its files are empty to stat. */
#define PROC_BLOCK_SIZE 1024

static enum file_class classify_device(const struct statx *stx,
                                       const struct kernel_devices *devices)
{
        if (stx->stx_rdev_major == MISC_MAJOR)
                switch (stx->stx_rdev_minor) {
                case TUN_MINOR:
                        return FILE_TUN;
                case VHOST_NET_MINOR:
                case VHOST_VSOCK_MINOR:
                        return FILE_VHOST;
                default:
                        return FILE_NOTHING;
                }
        for (size_t i = 0; i < ARRAY_SIZE(devices->tap_majors); i++)
                if (stx->stx_rdev_major == devices->tap_majors[i] && stx->stx_rdev_major != 0)
                        return FILE_TAP;
        return FILE_NOTHING;
}

enum file_class file_classify(const struct statx *stx, const struct kernel_devices *devices)
{
        uint64_t device = statx_device(stx);

        if (device == devices->sockfs)
                return FILE_SOCKET;
        if (device == devices->nsfs)
                return FILE_NSFS;
        if (device == devices->anon_inodefs)
                return FILE_ANON;
        if (S_ISCHR(stx->stx_mode))
                return classify_device(stx, devices);
        if (S_ISREG(stx->stx_mode) && kernel_devices_have_bpffs(devices, device))
                return FILE_BPFFS;
        /* Several procfs may be mounted, each with a device of its own. */
        if (S_ISREG(stx->stx_mode) && stx->stx_dev_major == 0 && stx->stx_size == 0 &&
            stx->stx_blksize == PROC_BLOCK_SIZE)
                return FILE_PROC;
        return FILE_NOTHING;
}
