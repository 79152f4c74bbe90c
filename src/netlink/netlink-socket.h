/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A netlink(7) socket that only the kernel can be heard on.
 *
 * Netlink is not authenticated: root of any network namespace, which every user is in a user
 * namespace of his own, can send to each netlink socket in it. Two things together keep him out,
 * neither is enough alone:
 *
 * - The socket is connected to the kernel, port 0. From then on the kernel refuses what another
 *   port sends to it alone (netlink_getsockbyportid() in net/netlink/af_netlink.c). It does not
 *   undo what was queued before, nor does it concern messages to a multicast group, for which
 *   CAP_NET_ADMIN in the owner of the network namespace is enough.
 * - A message whose sender is not port 0 is dropped. Nobody can choose the port he sends from: the
 *   kernel writes it, and 0 is its own. */

#include <stdint.h>
#include <sys/types.h>

/* A new socket of netlink @protocol in the namespace the calling thread is in, with SOCK_CLOEXEC
 * and @flags (SOCK_NONBLOCK or 0). An fd or a negative errno. */
int netlink_socket_open(int protocol, int flags);

/* Joins the multicast @groups (a mask, or 0), connects @fd to the kernel, and throws away what came
 * before: to be called before the first question. @ret_port (may be NULL) gets the socket's own
 * port. 0 or a negative errno. */
int netlink_socket_connect(int fd, uint32_t groups, uint32_t *ret_port);

/* Receives one datagram of the kernel's, of whole netlink messages, as recv(2) does. Its size; 0
 * when what came was not from the kernel, and is dropped; -EMSGSIZE when it did not fit;
 * -EAGAIN, -ENOBUFS (the kernel has dropped some), or another negative errno. */
ssize_t netlink_socket_receive(int fd, void *buffer, size_t size, int flags);
