/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "proc/link.h"

#include "proc/rest.h"
#include "util/macro.h"

int proc_link_parse(const char *text, size_t n, const char *type, uint64_t *ret_inode)
{
        struct rest r = REST_OF(text, n);
        uint64_t inode;

        if (!rest_take_text(&r, type) || !rest_take_text(&r, ":[") ||
            !rest_take_number(&r, 10, &inode) || !rest_is(&r, "]"))
                return -EINVAL;
        *ret_inode = inode;
        return 0;
}

int proc_link_inode(int dir_fd, const char *path, const char *type, uint64_t *ret_inode)
{
        char text[64]; /* a longer one is a path */

        ssize_t n = readlinkat(dir_fd, path, text, sizeof(text));
        return n < 0 ? negative_errno() : proc_link_parse(text, (size_t)n, type, ret_inode);
}
