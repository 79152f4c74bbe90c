/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "census/holder-open.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "netns/open.h"
#include "util/text.h"

/* Below the root of the task whose mounts were read: threads may have roots of their own. */
static int open_mount(int process_fd, const struct holder *h, const struct netns_wanted *wanted)
{
        char name[32];

        if (!h->path || text_is_shortened(h->path))
                return -EOPNOTSUPP;
        _cleanup_free_ char *path = strdup(h->path);
        if (!path)
                return -ENOMEM;
        (void)text_unescape(path);
        if (h->pid == 0)
                return netns_open_below(process_fd, path, wanted);
        (void)snprintf(name, sizeof(name), "task/%d", (int)h->tid);
        _cleanup_close_ int task = openat(process_fd, name, O_PATH | O_DIRECTORY | O_CLOEXEC);
        return task < 0 ? negative_errno() : netns_open_below(task, path, wanted);
}

int holder_open(int process_fd, const struct holder *h, const struct netns_identity *id)
{
        const struct netns_wanted wanted = {.inode = id->inode, .cookie = id->cookie};
        char link[64];

        switch (h->kind) {
        case HOLDER_TASK:
                (void)snprintf(link, sizeof(link), "task/%d/ns/net", (int)h->tid);
                return netns_open_link(process_fd, link, &wanted);
        case HOLDER_NSFS_FD:
                if (h->fd < 0)
                        return -EOPNOTSUPP;
                (void)snprintf(link, sizeof(link), "task/%d/fd/%d", (int)h->tid, h->fd);
                return netns_open_link(process_fd, link, &wanted);
        case HOLDER_NSFS_MOUNT:
                return open_mount(process_fd, h, &wanted);
        default:
                return -EOPNOTSUPP;
        }
}
