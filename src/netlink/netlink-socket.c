/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "netlink/netlink-socket.h"

#include <linux/netlink.h>
#include <sys/socket.h>

#include "netlink/own-socket.h"
#include "util/macro.h"

int netlink_socket_open(int protocol, int flags)
{
        return own_socket_open(AF_NETLINK, SOCK_RAW | flags, protocol);
}

/* What can be queued is bounded by the socket's receive buffer, and nothing more comes from others
 * by now; the bound is for a kernel that sees it otherwise. */
#define DRAIN_MAX 65536u

static void drain(int fd)
{
        char byte;

        for (unsigned i = 0; i < DRAIN_MAX; i++)
                if (recv(fd, &byte, sizeof(byte), MSG_DONTWAIT | MSG_TRUNC) < 0 &&
                    errno != ENOBUFS && errno != EINTR)
                        return;
}

int netlink_socket_connect(int fd, uint32_t groups, uint32_t *ret_port)
{
        const struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};
        struct sockaddr_nl own = {.nl_family = AF_NETLINK, .nl_groups = groups};
        socklen_t size = sizeof(own);

        /* Without groups it is connect() that finds a port, and leaves next to no time in which
         * others know the port and the socket is not connected. */
        if (groups != 0 && bind(fd, (const struct sockaddr *)&own, sizeof(own)) < 0)
                return negative_errno();
        if (connect(fd, (const struct sockaddr *)&kernel, sizeof(kernel)) < 0)
                return negative_errno();
        drain(fd);
        if (getsockname(fd, (struct sockaddr *)&own, &size) < 0)
                return negative_errno();
        if (ret_port)
                *ret_port = own.nl_pid;
        return 0;
}

ssize_t netlink_socket_receive(int fd, void *buffer, size_t size, int flags)
{
        struct sockaddr_nl sender = {};
        struct iovec iov = {buffer, size};
        struct msghdr message = {
                .msg_name = &sender,
                .msg_namelen = sizeof(sender),
                .msg_iov = &iov,
                .msg_iovlen = 1,
        };
        ssize_t n = recvmsg(fd, &message, flags);

        if (n < 0)
                return negative_errno();
        if (message.msg_namelen != sizeof(sender) || sender.nl_family != AF_NETLINK ||
            sender.nl_pid != 0)
                return 0;
        return message.msg_flags & MSG_TRUNC ? -EMSGSIZE : n;
}
