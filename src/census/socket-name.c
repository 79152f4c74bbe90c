/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "census/socket-name.h"

#include <limits.h>
#include <linux/netlink.h>
#include <netinet/in.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>

#include "util/text.h"

/* Numbers that Debian 12's headers do not have yet: include/linux/socket.h. */
#ifndef AF_MCTP
#define AF_MCTP 45
#endif

static const char *const families[] = {
        [AF_UNIX] = "unix",
        [AF_INET] = "inet",
        [AF_AX25] = "ax25",
        [AF_IPX] = "ipx",
        [AF_INET6] = "inet6",
        [AF_KEY] = "key",
        [AF_NETLINK] = "netlink",
        [AF_PACKET] = "packet",
        [AF_RDS] = "rds",
        [AF_PPPOX] = "pppox",
        [AF_CAN] = "can",
        [AF_TIPC] = "tipc",
        [AF_BLUETOOTH] = "bluetooth",
        [AF_RXRPC] = "rxrpc",
        [AF_ALG] = "alg",
        [AF_NFC] = "nfc",
        [AF_VSOCK] = "vsock",
        [AF_KCM] = "kcm",
        [AF_QIPCRTR] = "qipcrtr",
        [AF_SMC] = "smc",
        [AF_XDP] = "xdp",
        [AF_MCTP] = "mctp",
};

static const char *const types[] = {
        [SOCK_STREAM] = "stream", [SOCK_DGRAM] = "dgram",         [SOCK_RAW] = "raw",
        [SOCK_RDM] = "rdm",       [SOCK_SEQPACKET] = "seqpacket", [SOCK_DCCP] = "dccp",
        [SOCK_PACKET] = "packet",
};

static const char *const inet_protocols[] = {
        [IPPROTO_ICMP] = "icmp", [IPPROTO_TCP] = "tcp",         [IPPROTO_UDP] = "udp",
        [IPPROTO_DCCP] = "dccp", [IPPROTO_ICMPV6] = "icmpv6",   [IPPROTO_SCTP] = "sctp",
        [IPPROTO_RAW] = "raw",   [IPPROTO_UDPLITE] = "udplite", [IPPROTO_MPTCP] = "mptcp",
};

static const char *const netlink_protocols[] = {
        [NETLINK_ROUTE] = "route",
        [NETLINK_USERSOCK] = "usersock",
        [NETLINK_SOCK_DIAG] = "sock_diag",
        [NETLINK_NFLOG] = "nflog",
        [NETLINK_XFRM] = "xfrm",
        [NETLINK_SELINUX] = "selinux",
        [NETLINK_ISCSI] = "iscsi",
        [NETLINK_AUDIT] = "audit",
        [NETLINK_FIB_LOOKUP] = "fib_lookup",
        [NETLINK_CONNECTOR] = "connector",
        [NETLINK_NETFILTER] = "netfilter",
        [NETLINK_DNRTMSG] = "dnrtmsg",
        [NETLINK_KOBJECT_UEVENT] = "kobject_uevent",
        [NETLINK_GENERIC] = "generic",
        [NETLINK_SCSITRANSPORT] = "scsi_transport",
        [NETLINK_RDMA] = "rdma",
        [NETLINK_CRYPTO] = "crypto",
};

#define LOOKUP(table, i) ((i) >= 0 && (size_t)(i) < ARRAY_SIZE(table) ? (table)[i] : NULL)

const char *socket_name_family(int family)
{
        return LOOKUP(families, family);
}

const char *socket_name_type(int type)
{
        return LOOKUP(types, type);
}

const char *socket_name_protocol(int family, int protocol)
{
        switch (family) {
        case AF_INET:
        case AF_INET6:
                return LOOKUP(inet_protocols, protocol);
        case AF_NETLINK:
                return LOOKUP(netlink_protocols, protocol);
        default:
                return NULL;
        }
}

/* Larger than any that a kernel has. */
#define NUMBER_MAX 512

/* By the function that gives the name of each number. */
static int find(int family, const char *name, const char *(*name_of)(int family, int number))
{
        uint64_t number;

        if (!name)
                return -1;
        if (text_parse_u64(name, &number) >= 0)
                return number <= INT_MAX ? (int)number : -1;
        for (int i = 0; i < NUMBER_MAX; i++) {
                const char *known = name_of(family, i);
                if (known && strcmp(known, name) == 0)
                        return i;
        }
        return -1;
}

static const char *family_name(int family, int number)
{
        return socket_name_family(number);
}

static const char *type_name(int family, int number)
{
        return socket_name_type(number);
}

int socket_name_to_family(const char *name)
{
        return find(0, name, family_name);
}

int socket_name_to_type(const char *name)
{
        return find(0, name, type_name);
}

int socket_name_to_protocol(int family, const char *name)
{
        return find(family, name, socket_name_protocol);
}
