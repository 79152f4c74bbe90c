/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What a file is, from what statx() says of it. */

#include "census/procfs/kernel-devices.h"

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
#define FILE_CLASS_STATX_MASK  (STATX_TYPE | STATX_INO)
#define FILE_CLASS_STATX_FLAGS (AT_STATX_DONT_SYNC | AT_NO_AUTOMOUNT)

/* Classifies by device, never by link text.
 *
 * A readlink() would not do: an nsfs fd opened through a bind mount reads as the
 * mount's path, or "/" after the unmount. */
enum file_class file_classify(const struct statx *stx, const struct kernel_devices *devices);
