/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The fd table that the walk is at, for those that look closer at one of its files. */

#include "census/procfs/walk.h"
#include "util/line-reader.h"

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

/* fds.c: the same, line by line. 0 or a negative errno; to be closed in either case. */
int table_open_fdinfo(struct table *t, int fd, struct line_reader *ret);

/* fds.c: whether it is an O_PATH fd, which holds no more than an inode. 1, 0, or a negative errno.
 */
int table_is_path(struct table *t, int fd);

/* fds.c: counts an fdinfo that could not be read. -ENOMEM or -ECANCELED, where @r is that; else 0.
 */
int table_fdinfo_fault(struct table *t, int r);

/* fds.c: an fd that could not be looked at. A file of a broken file system (EIO, ENOTCONN, …) is
 * none of the kernel's own kinds, which never fail, so it holds nothing. */
void table_fault(struct table *t, const char *name, int errnum);

/* The next ones look closer at one file, and emit what it holds. @name: its fd as text. 0,
 * -ENOMEM or -ECANCELED. */

/* anon.c: an anonymous inode. */
int table_anon(struct table *t, const char *name, int fd, uint64_t inode);

/* io-uring.c, watches.c, bpf-objects.c */
int table_io_uring(struct table *t, int fd, uint64_t inode);
int table_watches(struct table *t, int fd);
int table_bpf_link(struct table *t, int fd);

/* devices.c */
int table_tap(struct table *t, const char *name, int fd, const struct statx *stx);
int table_vhost(struct table *t, const char *name, int fd, const struct statx *stx);
int table_bpffs(struct table *t, const char *name, int fd, const struct statx *stx);

/* What an anonymous inode is, by the text of its link: only where its device says that it is one.
 */
enum anon_class {
        ANON_OTHER,
        ANON_IO_URING,
        ANON_FS_CONTEXT,
        ANON_BPF_ITERATOR,
        ANON_BPF_LINK,
        ANON_WATCHES,
};
enum anon_class anon_classify(const char *link, size_t n);
/* The kind of holder that it may be, HOLDER_NONE for ANON_OTHER, and why nothing more is known. */
enum holder_kind anon_holder_kind(enum anon_class class);
const char *anon_reason(enum anon_class class);
