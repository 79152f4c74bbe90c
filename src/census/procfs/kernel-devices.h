/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Numbers of the kernel's own file systems and devices on this host, which no header has. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

/* A container may mount one of its own; so many are known apart. */
#define KERNEL_BPFFS_MAX 128

struct kernel_devices {
        uint64_t nsfs;
        uint64_t sockfs;
        uint64_t anon_inodefs;
        uint64_t anon_inode;    /* that most anonymous files share */
        uint32_t tap_majors[2]; /* of macvtap and ipvtap; 0 where there is none */
        /* Those that are mounted; learned from the mounts. */
        uint64_t bpffs[KERNEL_BPFFS_MAX];
        size_t n_bpffs;
};

/* A statx() device as one number. */
static inline uint64_t statx_device(const struct statx *stx)
{
        return (uint64_t)stx->stx_dev_major << 32 | stx->stx_dev_minor;
}

/* Learns the devices by fstat of files of our own. 0 or a negative errno. */
int kernel_devices_learn(struct kernel_devices *ret);

/* What comes and goes with modules: the numbers of tap devices. Before each scan. */
void kernel_devices_refresh(struct kernel_devices *devices, int proc_fd);

/* One more bpffs. False when there is no room. */
bool kernel_devices_add_bpffs(struct kernel_devices *devices, uint64_t device);
bool kernel_devices_have_bpffs(const struct kernel_devices *devices, uint64_t device);
