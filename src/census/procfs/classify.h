/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What a file is, from what statx() says of it. */

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

#include "census/census.h"

/* A container may mount one of its own; so many are known apart. */
#define KERNEL_BPFFS_MAX 128

/* Numbers of the kernel's own file systems on this host, which no header has. */
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

/* What statx() says of the socket @inode, as far as the mask below asks. */
static inline struct statx statx_of_socket(const struct kernel_devices *devices, uint64_t inode)
{
        return (struct statx){
                .stx_mode = S_IFSOCK,
                .stx_ino = inode,
                .stx_dev_major = (uint32_t)(devices->sockfs >> 32),
                .stx_dev_minor = (uint32_t)devices->sockfs,
        };
}

/* What a file may hold; some kinds need a second look, which costs more. */
enum file_class {
        FILE_NOTHING,
        FILE_NSFS, /* a namespace of any type */
        FILE_SOCKET,
        FILE_TUN,
        FILE_ANON, /* an anonymous inode: perhaps an io_uring, which only its link tells */
        FILE_TAP,  /* of a macvtap or ipvtap interface */
        FILE_VHOST,
        FILE_BPFFS, /* a regular file of a bpffs: a map, perhaps an iterator */
        FILE_PROC,  /* looks like a regular file of procfs: its link tells which */
};

/* statx() mask and flags for files of others: neither mounts anything nor waits for the server of
 * a dead NFS or FUSE file system. */
#define CLASSIFY_STATX_MASK  (STATX_TYPE | STATX_INO)
#define CLASSIFY_STATX_FLAGS (AT_STATX_DONT_SYNC | AT_NO_AUTOMOUNT)

/* Learns the devices by fstat of files of our own. 0 or a negative errno. */
int kernel_devices_learn(struct kernel_devices *ret);

/* What comes and goes with modules: the numbers of tap devices. Before each scan. */
void kernel_devices_refresh(struct kernel_devices *devices, int proc_fd);

/* One more bpffs. False when there is no room. */
bool kernel_devices_add_bpffs(struct kernel_devices *devices, uint64_t device);

/* Classifies by device, never by link text.
 *
 * A readlink() would not do: an nsfs fd opened through a bind mount reads as the
 * mount's path, or "/" after the unmount. */
enum file_class file_classify(const struct statx *stx, const struct kernel_devices *devices);
