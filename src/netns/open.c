/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "netns/open.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

#include "netns/nsfd.h"
#include "netns/path.h"
#include "util/kernel.h"

/* Neither mounts anything nor waits for the server of a dead NFS or FUSE file system. */
#define STATX_FLAGS (AT_STATX_DONT_SYNC | AT_NO_AUTOMOUNT)

/* Whether the O_PATH fd @found is the nsfs file that is wanted. 0, -ESTALE, or a negative errno. */
static int check(int found, const struct netns_wanted *wanted)
{
        struct statx stx, own;

        if (statx(found, "", AT_EMPTY_PATH | STATX_FLAGS, STATX_INO, &stx) < 0 ||
            statx(AT_FDCWD, "/proc/thread-self/ns/net", STATX_FLAGS, STATX_INO, &own) < 0)
                return negative_errno();
        if (stx.stx_dev_major != own.stx_dev_major || stx.stx_dev_minor != own.stx_dev_minor)
                return -ESTALE;
        return wanted->inode == 0 || wanted->inode == stx.stx_ino ? 0 : -ESTALE;
}

int netns_open_found(int found, const struct netns_wanted *wanted)
{
        char path[48];
        uint64_t cookie;

        int r = check(found, wanted);
        if (r < 0)
                return r;
        (void)snprintf(path, sizeof(path), "/proc/thread-self/fd/%d", found);
        _cleanup_close_ int fd = open(path, O_RDONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
        if (fd < 0)
                return negative_errno();
        r = nsfd_is_netns(fd);
        if (r <= 0)
                return r < 0 ? r : -ESTALE;
        if (wanted->cookie && ioctl(fd, NSFS_GET_ID, &cookie) >= 0 && cookie != wanted->cookie)
                return -ESTALE;
        return TAKE_FD(fd);
}

int netns_open_link(int dir_fd, const char *path, const struct netns_wanted *wanted)
{
        _cleanup_close_ int found = openat(dir_fd, path, O_PATH | O_CLOEXEC);

        return found < 0 ? negative_errno() : netns_open_found(found, wanted);
}

int netns_open_below(int process_fd, const char *path, const struct netns_wanted *wanted)
{
        _cleanup_close_ int root = openat(process_fd, "root", O_PATH | O_DIRECTORY | O_CLOEXEC);

        if (root < 0)
                return negative_errno();
        _cleanup_close_ int found = path_find(root, path, process_fd);
        return found < 0 ? found : netns_open_found(found, wanted);
}
