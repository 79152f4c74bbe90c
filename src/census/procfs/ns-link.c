/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "census/procfs/ns-link.h"

#include <unistd.h>

#include "census/procfs/parse.h"
#include "util/macro.h"

int ns_link_inode(int dir_fd, const char *path, const char *type, uint64_t *ret)
{
        char link[64];

        ssize_t n = readlinkat(dir_fd, path, link, sizeof(link));
        return n < 0 ? negative_errno() : parse_typed_link(link, (size_t)n, type, ret);
}
