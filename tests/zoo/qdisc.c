/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A packet that waits in a queueing discipline carries the socket it was sent by, which is closed.
 * The queue (tbf: a byte a second) is that of a veth. Its other end is in a namespace of our own:
 * that ends with us, however we end, and so do the veth, the queue and the packet. */
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "zoo.h"

/* Bytes of a frame, and what the queue lets pass at once: the second one waits. */
#define FRAME 600

static void bring_up(int fd, const char *device)
{
        struct ifreq request = {.ifr_flags = IFF_UP};

        snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", device);
        zoo_check(ioctl(fd, SIOCSIFFLAGS, &request), "SIOCSIFFLAGS");
}

/* tc qdisc add dev @device root tbf rate 8bit burst 600 limit 100000, see tc-tbf(8). */
static void slow_down(const char *device)
{
        struct {
                struct nlmsghdr header;
                struct tcmsg tc;
                struct rtattr kind;
                char kind_name[4];
                struct rtattr options, parameters;
                struct tc_tbf_qopt tbf;
                struct rtattr burst;
                uint32_t burst_bytes;
        } r = {
                .header = {.nlmsg_len = sizeof(r),
                           .nlmsg_type = RTM_NEWQDISC,
                           .nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL},
                .tc = {.tcm_ifindex = (int)if_nametoindex(device), .tcm_parent = TC_H_ROOT},
                .kind = {RTA_LENGTH(sizeof(r.kind_name)), TCA_KIND},
                .kind_name = "tbf",
                .options = {RTA_LENGTH(2 * sizeof(struct rtattr) + sizeof(r.tbf) +
                                       sizeof(r.burst_bytes)),
                            TCA_OPTIONS},
                .parameters = {RTA_LENGTH(sizeof(r.tbf)), TCA_TBF_PARMS},
                .tbf = {.rate = {.linklayer = TC_LINKLAYER_ETHERNET, .rate = 1}, .limit = 100000},
                .burst = {RTA_LENGTH(sizeof(r.burst_bytes)), TCA_TBF_BURST},
                .burst_bytes = FRAME,
        };
        int result = zoo_rtnetlink(&r, sizeof(r));

        if (result < 0 && errno == ENOENT)
                zoo_available(result, "tbf");
        zoo_check(result, "adding tbf");
}

static void send_until_one_waits(const char *device)
{
        const struct sockaddr_ll address = {.sll_family = AF_PACKET,
                                            .sll_ifindex = (int)if_nametoindex(device)};
        struct {
                struct ethhdr header;
                char rest[FRAME - sizeof(struct ethhdr)];
        } frame = {.header = {.h_proto = __builtin_bswap16(ETH_P_LOOPBACK)}};
        int waiting = 0;
        int fd = zoo_check(socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0), "socket(AF_PACKET)");

        for (size_t i = 0; i < 3 && waiting == 0; i++) {
                zoo_check((int)sendto(fd, &frame, sizeof(frame), 0, (const void *)&address,
                                      sizeof(address)),
                          "sendto");
                zoo_check(ioctl(fd, SIOCOUTQ, &waiting), "SIOCOUTQ");
        }
        if (waiting == 0) {
                fprintf(stderr, "%s: no packet waits\n", program_invocation_short_name);
                exit(EXIT_FAILURE);
        }
        close(fd);
}

int main(int argc, char **argv)
{
        struct zoo z;

        zoo_start(&z, argc, argv, NULL);
        zoo_check(unshare(CLONE_NEWNET), "unshare(CLONE_NEWNET)");
        int home = zoo_check(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0), "socket(AF_UNIX)");
        zoo_enter(&z);
        int away = zoo_check(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0), "socket(AF_UNIX)");
        zoo_veth("slow", "home", z.home);
        slow_down("slow");
        /* With the other end up before, it is ready to send at once. */
        bring_up(home, "home");
        bring_up(away, "slow");
        send_until_one_waits("slow");
        close(home);
        close(away);
        zoo_leave(&z);
        zoo_tell(&z);
        zoo_wait();
        return 0;
}
