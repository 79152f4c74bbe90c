/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "netlink/sock-table.h"

#include <linux/dccp.h>
#include <netinet/in.h>
#include <stddef.h>
#include <sys/socket.h>

/* include/linux/socket.h; glibc 2.36 has no name for it yet. */
#ifndef AF_SMC
#define AF_SMC 43
#endif

/* The protocols that a kernel knows are named as each calls proto_register(). IPPROTO_ICMP sockets
 * ("ping sockets") have no sock_diag at all. */
static const struct sock_table_info tables[_SOCK_TABLE_MAX] = {
        [SOCK_TABLE_UNIX] = {"unix", "UNIX", AF_UNIX, .diag = true},
        [SOCK_TABLE_NETLINK] = {"netlink", "NETLINK", AF_NETLINK, .diag = true},
        [SOCK_TABLE_PACKET] = {"packet", "PACKET", AF_PACKET, .diag = true, .file = "packet",
                               .format = SOCK_FILE_PACKET},
        [SOCK_TABLE_XDP] = {"xdp", "XDP", AF_XDP, .diag = true},
        [SOCK_TABLE_VSOCK] = {"vsock", "AF_VSOCK", AF_VSOCK, .diag = true},
        [SOCK_TABLE_TCP] = {"tcp", "TCP", AF_INET, SOCK_STREAM, IPPROTO_TCP, true, "tcp",
                            SOCK_FILE_INET},
        [SOCK_TABLE_TCP6] = {"tcp6", "TCPv6", AF_INET6, SOCK_STREAM, IPPROTO_TCP, true, "tcp6",
                             SOCK_FILE_INET},
        [SOCK_TABLE_MPTCP] = {"mptcp", "MPTCP", AF_INET, SOCK_STREAM, IPPROTO_MPTCP, true},
        [SOCK_TABLE_MPTCP6] = {"mptcp6", "MPTCPv6", AF_INET6, SOCK_STREAM, IPPROTO_MPTCP, true},
        [SOCK_TABLE_UDP] = {"udp", "UDP", AF_INET, SOCK_DGRAM, IPPROTO_UDP, true, "udp",
                            SOCK_FILE_INET},
        [SOCK_TABLE_UDP6] = {"udp6", "UDPv6", AF_INET6, SOCK_DGRAM, IPPROTO_UDP, true, "udp6",
                             SOCK_FILE_INET},
        [SOCK_TABLE_UDPLITE] = {"udplite", "UDP-Lite", AF_INET, SOCK_DGRAM, IPPROTO_UDPLITE, true,
                                "udplite", SOCK_FILE_INET},
        [SOCK_TABLE_UDPLITE6] = {"udplite6", "UDPLITEv6", AF_INET6, SOCK_DGRAM, IPPROTO_UDPLITE,
                                 true, "udplite6", SOCK_FILE_INET},
        [SOCK_TABLE_RAW] = {"raw", "RAW", AF_INET, SOCK_RAW, IPPROTO_RAW, true, "raw",
                            SOCK_FILE_INET},
        [SOCK_TABLE_RAW6] = {"raw6", "RAWv6", AF_INET6, SOCK_RAW, IPPROTO_RAW, true, "raw6",
                             SOCK_FILE_INET},
        [SOCK_TABLE_PING] = {"ping", "PING", AF_INET, SOCK_DGRAM, IPPROTO_ICMP, false, "icmp",
                             SOCK_FILE_INET},
        [SOCK_TABLE_PING6] = {"ping6", "PINGv6", AF_INET6, SOCK_DGRAM, IPPROTO_ICMPV6, false,
                              "icmp6", SOCK_FILE_INET},
        [SOCK_TABLE_SCTP] = {"sctp", "SCTP", AF_INET, SOCK_SEQPACKET, IPPROTO_SCTP, true},
        [SOCK_TABLE_SCTP6] = {"sctp6", "SCTPv6", AF_INET6, SOCK_SEQPACKET, IPPROTO_SCTP, true},
        [SOCK_TABLE_DCCP] = {"dccp", "DCCP", AF_INET, SOCK_DCCP, IPPROTO_DCCP, true},
        [SOCK_TABLE_DCCP6] = {"dccp6", "DCCPv6", AF_INET6, SOCK_DCCP, IPPROTO_DCCP, true},
        [SOCK_TABLE_SMC] = {"smc", "SMC", AF_SMC, SOCK_STREAM, .diag = true},
};

const struct sock_table_info *sock_table_info(enum sock_table table)
{
        return &tables[table];
}

const char *sock_table_to_string(enum sock_table table)
{
        return table < _SOCK_TABLE_MAX ? tables[table].name : NULL;
}
