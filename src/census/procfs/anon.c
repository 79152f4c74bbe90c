/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Files of the kernel's that have no file system: their link tells which they are. */

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "census/procfs/table.h"

/* An anonymous inode is looked at again only when it is an io_uring. */
int table_anon(struct table *t, const char *name, int fd)
{
        static const char io_uring[] = "anon_inode:[io_uring]";
        char link[64];

        ssize_t n = readlinkat(t->fd_dir, name, link, sizeof(link));
        if (n < 0)
                table_fault(t, negative_errno());
        if (n != (ssize_t)strlen(io_uring) || memcmp(link, io_uring, (size_t)n) != 0)
                return 0;
        return table_io_uring(t, fd);
}
