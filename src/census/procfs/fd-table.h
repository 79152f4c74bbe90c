/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The fd table that a walker is at, and what its fdinfo says. */

#include "census/procfs/visit.h"
#include "util/line-reader.h"

/* Room for the name of an fd. */
#define FD_NAME_MAX 16

/* Of the process, or of one thread of it. */
struct fd_table {
        struct visit *visit;
        pid_t tid;
        int fd_dir;         /* its fd/ */
        int fdinfo_dir;     /* its fdinfo/, opened when first needed */
        bool may_be_shared; /* with a process at which it was gone through; not asked yet */
};

/* The fdinfo of one file of the table, new memory. 0 or a negative errno. */
int fd_table_read_fdinfo(struct fd_table *t, int fd, char **ret, size_t *ret_size);

/* The same, line by line. 0 or a negative errno; to be closed in either case. */
int fd_table_open_fdinfo(struct fd_table *t, int fd, struct line_reader *ret);

/* Whether it is an O_PATH fd, which holds no more than an inode. 1, 0, or a negative errno. */
int fd_table_is_path(struct fd_table *t, int fd);

/* Counts an fdinfo that cannot be read. -ENOMEM or -ECANCELED, where @r is that; else 0. */
int fd_table_fdinfo_fault(struct fd_table *t, int r);

/* An fd that cannot be looked at. A file of a broken file system (EIO, ENOTCONN, …) is none of
 * the kernel's own kinds, which never fail, so it holds nothing. */
void fd_table_fault(struct fd_table *t, const char *name, int errnum);
