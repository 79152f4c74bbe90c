/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The fd table that the walk is at, for those that look closer at one of its files. */

#include "census/procfs/walk.h"

/* Room for the name of an fd. */
#define FD_NAME_MAX 16

/* An fd table that is being walked: of the process, or of one thread of it. */
struct table {
        struct visit *visit;
        pid_t tid;
        int fd_dir;         /* its fd/ */
        int fdinfo_dir;     /* its fdinfo/, opened when first needed */
        bool may_be_shared; /* with a process whose table was walked; not asked yet */
};

/* fds.c: looks at one open file. @name: its fd as text. 1, 0 when there is none, or a negative
 * errno. */
int table_fd(struct table *t, const char *name, int fd);

/* fds.c: the fdinfo of one file of the table, new memory. 0 or a negative errno. */
int table_read_fdinfo(struct table *t, int fd, char **ret, size_t *ret_size);

/* fds.c: an fd that could not be looked at. A file of a broken file system (EIO, ENOTCONN, …) is
 * none of the kernel's own kinds, which never fail, so it holds nothing. */
void table_fault(struct table *t, int errnum);

/* anon.c: an anonymous inode. @name: its fd as text. 0 or -ENOMEM. */
int table_anon(struct table *t, const char *name, int fd);

/* io-uring.c: an io_uring. 0 or -ENOMEM. */
int table_io_uring(struct table *t, int fd);
