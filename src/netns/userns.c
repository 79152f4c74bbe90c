/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "netns/userns.h"

#include <fcntl.h>
#include <sys/ioctl.h>

#include "util/fair-share.h"
#include "util/kernel.h"

/* kernel/user_namespace.c: more than 32 in each other there cannot be. */
#define DEPTH_MAX 33

uid_t userns_charged_uid(int userns_fd)
{
        _cleanup_close_ int at = fcntl(userns_fd, F_DUPFD_CLOEXEC, 0), below = -EBADF;
        uid_t uid;

        for (unsigned depth = 0; at >= 0 && depth < DEPTH_MAX; depth++) {
                /* EPERM: it is ours, or beyond. */
                _cleanup_close_ int parent = ioctl(at, NSFS_GET_PARENT);
                if (parent < 0)
                        break;
                fd_close(below);
                below = TAKE_FD(at);
                at = TAKE_FD(parent);
        }
        int outermost = below >= 0 ? below : at;
        return outermost >= 0 && ioctl(outermost, NSFS_GET_OWNER_UID, &uid) == 0 ? uid
                                                                                 : UID_UNKNOWN;
}
