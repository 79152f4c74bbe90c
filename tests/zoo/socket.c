/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Row 4: a plain socket in an fd table, one variation for each family. Orphaned: this is the leak
 * the whole program is about. */
#include <linux/if_ether.h>
#include <linux/netlink.h>
#include <string.h>
#include <sys/socket.h>

#include "zoo.h"

static const struct {
        const char *name;
        int family, type, protocol;
} kinds[] = {
        {"netlink", AF_NETLINK, SOCK_RAW, NETLINK_ROUTE},
        {"udp", AF_INET, SOCK_DGRAM, 0},
        {"tcp", AF_INET, SOCK_STREAM, 0},
        {"udp6", AF_INET6, SOCK_DGRAM, 0},
        {"unix", AF_UNIX, SOCK_STREAM, 0},
        {"packet", AF_PACKET, SOCK_RAW, 0},
        {"vsock", AF_VSOCK, SOCK_STREAM, 0},
        {"alg", AF_ALG, SOCK_SEQPACKET, 0},
        {"kcm", AF_KCM, SOCK_DGRAM, 0},
};

int main(int argc, char **argv)
{
        static const char *const variations[] = {"netlink", "udp",   "tcp", "udp6", "unix",
                                                 "packet",  "vsock", "alg", "kcm",  NULL};
        struct zoo z;
        size_t i = 0;

        zoo_start(&z, argc, argv, variations);
        while (!zoo_is(&z, kinds[i].name))
                i++;
        zoo_enter(&z);
        z.fd = zoo_available(
                socket(kinds[i].family, kinds[i].type | SOCK_CLOEXEC, kinds[i].protocol),
                kinds[i].name);
        z.socket_inode = zoo_inode(z.fd);
        zoo_leave(&z);
        zoo_tell(&z);
        zoo_wait();
        return 0;
}
