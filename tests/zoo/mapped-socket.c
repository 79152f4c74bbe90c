/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Sockets other than AF_PACKET's that can be mapped, and are then kept by the mapping: a TCP
 * connection, for receiving without a copy (read only), and the ring of an AF_XDP socket. */
#include <arpa/inet.h>
#include <linux/if_xdp.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "zoo.h"

#ifndef AF_XDP
#define AF_XDP 44
#endif
#ifndef SOL_XDP
#define SOL_XDP 283
#endif

static void switch_on_loopback(void)
{
        struct ifreq request = {.ifr_name = "lo", .ifr_flags = IFF_UP};
        int fd = zoo_check(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), "socket(AF_INET)");

        zoo_check(ioctl(fd, SIOCSIFFLAGS, &request), "SIOCSIFFLAGS");
        close(fd);
}

/* One end of a TCP connection whose other end is closed. */
static int tcp_socket(void)
{
        struct sockaddr_in address = {.sin_family = AF_INET,
                                      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
        socklen_t size = sizeof(address);

        switch_on_loopback();
        int listener = zoo_check(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket(TCP)");
        zoo_check(bind(listener, (struct sockaddr *)&address, sizeof(address)), "bind");
        zoo_check(listen(listener, 1), "listen");
        zoo_check(getsockname(listener, (struct sockaddr *)&address, &size), "getsockname");
        int client = zoo_check(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket(TCP)");
        zoo_check(connect(client, (struct sockaddr *)&address, sizeof(address)), "connect");
        int fd = zoo_check(accept4(listener, NULL, NULL, SOCK_CLOEXEC), "accept");
        close(client);
        close(listener);
        return fd;
}

static int xdp_socket(void)
{
        int entries = 64;
        int fd = zoo_available(socket(AF_XDP, SOCK_RAW | SOCK_CLOEXEC, 0), "socket(AF_XDP)");

        zoo_check(setsockopt(fd, SOL_XDP, XDP_RX_RING, &entries, sizeof(entries)), "XDP_RX_RING");
        return fd;
}

int main(int argc, char **argv)
{
        static const char *const variations[] = {"tcp", "xdp", NULL};
        struct zoo z;

        zoo_start(&z, argc, argv, variations);
        zoo_enter(&z);
        bool tcp = zoo_is(&z, "tcp");
        int fd = tcp ? tcp_socket() : xdp_socket();
        if (mmap(NULL, (size_t)getpagesize(), tcp ? PROT_READ : PROT_READ | PROT_WRITE, MAP_SHARED,
                 fd, tcp ? 0 : XDP_PGOFF_RX_RING) == MAP_FAILED)
                zoo_check(-1, "mmap");
        z.socket_inode = zoo_inode(fd);
        close(fd);
        zoo_leave(&z);
        zoo_tell(&z);
        zoo_wait();
        return 0;
}
