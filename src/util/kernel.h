/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What the kernel offers and old headers do not name yet, each with the version that brought it. */

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "util/error.h"

/* include/uapi/linux/sockios.h, 4.10: an nsfs fd for the namespace of a socket (or tun fd).
 * CAP_NET_ADMIN in the user namespace that owns it. */
#ifndef SIOCGSKNS
#define SIOCGSKNS 0x894C
#endif

/* include/uapi/asm-generic/socket.h, 5.14: 64 bits, never reused while the host is up. */
#ifndef SO_NETNS_COOKIE
#define SO_NETNS_COOKIE 71
#endif

/* include/uapi/linux/nsfs.h */
#define NSFS_GET_USERNS    0xb701                   /* _IO(0xb7, 1), 4.9 */
#define NSFS_GET_PARENT    0xb702                   /* _IO(0xb7, 2), 4.9 */
#define NSFS_GET_NSTYPE    0xb703                   /* _IO(0xb7, 3), 4.11 */
#define NSFS_GET_OWNER_UID 0xb704                   /* _IO(0xb7, 4), 4.11 */
#define NSFS_GET_ID        _IOR(0xb7, 13, uint64_t) /* 6.18: equals SO_NETNS_COOKIE */

/* include/uapi/linux/if_tun.h: an nsfs fd for the namespace the device of a tun fd is in now. */
#ifndef TUNGETDEVNETNS
#define TUNGETDEVNETNS _IO('T', 227)
#endif

/* include/uapi/linux/pidfd.h, 6.9: a pidfd for one thread, not its whole group. */
#ifndef PIDFD_THREAD
#define PIDFD_THREAD 0200 /* O_EXCL */
#endif

/* kcmp(2): whether two tasks share their fd table. */
#define KCMP_FILES_TYPE 2

/* pidfd_open(2), 5.3. Returns an fd (close-on-exec) or a negative errno. */
int kernel_pidfd_open(pid_t pid, unsigned flags);

/* pidfd_getfd(2), 5.6: a duplicate (close-on-exec) of another process's fd. It is a reference:
 * close it at once, and never from the thread that serves the loop. Negative errno on failure. */
int kernel_pidfd_getfd(int pidfd, int target_fd);

/* kcmp(2) KCMP_FILES: 0 when both share one fd table, 1 or 2 when that of @a comes before or after
 * that of @b in an order of the kernel's own, or a negative errno. */
int kernel_kcmp_files(pid_t a, pid_t b);

/* Version of the running kernel as uname(2) tells it, e.g. 6.18 is KERNEL_VERSION_OF(6, 18). */
#define KERNEL_VERSION_OF(major, minor) ((unsigned)(major) << 8 | (unsigned)(minor))
unsigned kernel_version(void);

/* Refuses to go on where the program cannot work at all: kernel below 5.6, no /proc.
 * 0, -ENOSYS (kernel) or -ENOENT (/proc), with the sentence in @error. */
int kernel_require(struct error *error);

/* The boot id as 32 hexadecimal digits and NUL. 0 or a negative errno. */
int kernel_boot_id(char ret[static 33]);
