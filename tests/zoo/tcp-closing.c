/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Row 14: a TCP socket closed by its owner that still has bytes to send (FIN-WAIT-1); the kernel
 * goes on sending, for a minute or two. The wire is a tun interface: opened at home, its device
 * moved into the namespace (which does not hold it). At a line on stdin the next segment is read
 * from that wire and told: it proves that the namespace is alive. */
#include <arpa/inet.h>
#include <fcntl.h>
#include <net/if.h>
#include <netinet/ip.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "zoo.h"

static struct sockaddr_in address_of(const char *text, uint16_t port)
{
        struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(port)};

        inet_pton(AF_INET, text, &a.sin_addr);
        return a;
}

/* Brings @device up as 192.0.2.1/24. Addresses of documentation, on a wire that ends in us. */
static void configure(const char *device)
{
        struct ifreq request = {0};
        struct sockaddr_in address = address_of("192.0.2.1", 0),
                           mask = address_of("255.255.255.0", 0);
        int fd = zoo_check(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), "socket(AF_INET)");

        snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", device);
        memcpy(&request.ifr_addr, &address, sizeof(address));
        zoo_check(ioctl(fd, SIOCSIFADDR, &request), "SIOCSIFADDR");
        memcpy(&request.ifr_netmask, &mask, sizeof(mask));
        zoo_check(ioctl(fd, SIOCSIFNETMASK, &request), "SIOCSIFNETMASK");
        request.ifr_flags = IFF_UP | IFF_RUNNING;
        zoo_check(ioctl(fd, SIOCSIFFLAGS, &request), "SIOCSIFFLAGS");
        close(fd);
}

/* TCP_REPAIR (tcp(7), CRIU's) makes a connection with no peer that ever agreed to it. */
static void send_and_close(void)
{
        struct sockaddr_in here = address_of("192.0.2.1", 0), there = address_of("192.0.2.2", 9);
        int fd = zoo_check(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket(AF_INET)");

        zoo_check(bind(fd, (struct sockaddr *)&here, sizeof(here)), "bind");
        zoo_available(setsockopt(fd, IPPROTO_TCP, TCP_REPAIR, &(int){1}, sizeof(int)),
                      "TCP_REPAIR");
        zoo_check(connect(fd, (struct sockaddr *)&there, sizeof(there)), "connect");
        zoo_check(setsockopt(fd, IPPROTO_TCP, TCP_REPAIR, &(int){0}, sizeof(int)), "TCP_REPAIR");
        zoo_check((int)write(fd, "zoo", 3), "write");
        close(fd);
}

/* Whether @packet is TCP over IPv4 from our port 9's client. */
static bool is_our_segment(const struct iphdr *packet, ssize_t size)
{
        return size >= (ssize_t)(sizeof(struct iphdr) + sizeof(struct tcphdr)) &&
               packet->version == 4 && packet->protocol == IPPROTO_TCP;
}

int main(int argc, char **argv)
{
        union {
                struct iphdr header;
                char bytes[2048];
        } packet;
        struct zoo z;
        char name[16];

        zoo_start(&z, argc, argv, NULL);
        snprintf(name, sizeof(name), "zoo%d", (int)getpid());
        z.device = name;
        z.fd = zoo_tun(name);
        int home = zoo_check(open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC), "nsfs");
        zoo_enter(&z);
        int away = zoo_check(open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC), "nsfs");
        zoo_check(setns(home, 0), "setns");
        zoo_move_device(name, away);
        zoo_check(setns(away, 0), "setns");
        close(away);
        close(home);
        configure(name);
        send_and_close();
        zoo_leave(&z);
        zoo_tell(&z);

        zoo_check(fcntl(z.fd, F_SETFL, O_NONBLOCK), "fcntl");
        while (zoo_next_act()) {
                /* What waits here was sent before we were asked. */
                while (read(z.fd, &packet, sizeof(packet)) > 0)
                        ;
                for (;;) {
                        ssize_t n = read(z.fd, &packet, sizeof(packet));
                        if (n > 0 && is_our_segment(&packet.header, n))
                                break;
                        usleep(10000);
                }
                zoo_tell(&z);
        }
        return 0;
}
