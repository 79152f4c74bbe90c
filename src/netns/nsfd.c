/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "netns/nsfd.h"

#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "netlink/netns-thread.h"
#include "netlink/own-socket.h"
#include "netns/userns.h"
#include "util/fair-share.h"
#include "util/kernel.h"

int nsfd_ask(int nsfs_fd, struct nsfd_facts *ret)
{
        struct stat st;

        *ret = (struct nsfd_facts){.facts.charged_uid = UID_UNKNOWN};
        if (fstat(nsfs_fd, &st) < 0)
                return negative_errno();
        ret->inode = st.st_ino;
        if (ioctl(nsfs_fd, NSFS_GET_ID, &ret->facts.cookie) < 0)
                ret->facts.cookie = 0;
        /* EPERM for an owner outside our own user namespace: then there is none to tell. */
        _cleanup_close_ int userns = ioctl(nsfs_fd, NSFS_GET_USERNS);
        if (userns >= 0 && fstat(userns, &st) == 0 &&
            ioctl(userns, NSFS_GET_OWNER_UID, &ret->facts.owner_uid) == 0) {
                ret->facts.has_owner = true;
                ret->facts.owner_userns = st.st_ino;
                ret->facts.charged_uid = userns_charged_uid(userns);
        }
        return 0;
}

int nsfd_is_netns(int nsfs_fd)
{
        int type = ioctl(nsfs_fd, NSFS_GET_NSTYPE);
        return type < 0 ? negative_errno() : type == CLONE_NEWNET;
}

static int cookie_inside(void *userdata)
{
        uint64_t *ret = userdata;
        socklen_t n = sizeof(*ret);

        _cleanup_close_ int fd = own_socket_open(AF_UNIX, SOCK_DGRAM, 0);
        if (fd < 0)
                return fd;
        if (getsockopt(fd, SOL_SOCKET, SO_NETNS_COOKIE, ret, &n) < 0)
                return errno == ENOPROTOOPT ? -EOPNOTSUPP : negative_errno();
        return 0;
}

int nsfd_cookie(int nsfs_fd, uint64_t *ret)
{
        if (ioctl(nsfs_fd, NSFS_GET_ID, ret) >= 0)
                return 0;
        return netns_thread_run(nsfs_fd, cookie_inside, ret);
}
