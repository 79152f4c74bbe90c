/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "inspect/address.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "util/text.h"

static const uint8_t any[16];

static char *format_inet(int family, const void *bytes, const char *before, const char *behind)
{
        char text[INET6_ADDRSTRLEN], *s;

        if (!inet_ntop(family, bytes, text, sizeof(text)))
                return NULL;
        return asprintf(&s, "%s%s%s", before, text, behind) < 0 ? NULL : s;
}

char *address_text(const struct rt_address *address)
{
        char prefix[16];

        (void)snprintf(prefix, sizeof(prefix), "/%u", address->prefix_length);
        return format_inet(address->family, address->bytes, "", prefix);
}

char *address_gateway_text(const struct rt_route *route)
{
        return format_inet(route->gateway_family, route->gateway, "", "");
}

char *address_mac_text(const struct rt_link *link)
{
        char *s = link->n_mac > 0 ? malloc(3 * link->n_mac) : NULL;

        for (size_t i = 0; s && i < link->n_mac; i++)
                (void)snprintf(s + 3 * i, 4, "%02x%s", link->mac[i],
                               i + 1 < link->n_mac ? ":" : "");
        return s;
}

static int unix_text(const struct sock_record *record, char **ret)
{
        bool abstract = record->n_name > 0 && record->name[0] == 0;
        _cleanup_free_ char *name = NULL;

        *ret = NULL;
        if (record->n_name == 0)
                return 0;
        name = text_escape(record->name + abstract, record->n_name - abstract);
        if (!name || asprintf(ret, "%s%s", abstract ? "@" : "", name) < 0)
                return -ENOMEM;
        return 0;
}

static int inet_text(const struct sock_record *record, bool remote, char **ret)
{
        const uint8_t *bytes = remote ? record->remote : record->local;
        uint16_t port = remote ? record->remote_port : record->local_port;
        bool six = record->family == AF_INET6;
        char behind[16];

        *ret = NULL;
        (void)snprintf(behind, sizeof(behind), "%s:%" PRIu16, six ? "]" : "", port);
        if (memcmp(bytes, any, six ? 16 : 4) != 0)
                *ret = format_inet(record->family, bytes, six ? "[" : "", behind);
        else if (port == 0)
                return 0;
        else if (asprintf(ret, "%s:%" PRIu16, six ? "[::]" : "*", port) < 0)
                *ret = NULL;
        return *ret ? 0 : -ENOMEM;
}

static int vsock_text(const struct sock_record *record, bool remote, char **ret)
{
        uint32_t cid = remote ? record->remote_cid : record->cid;
        uint32_t port = remote ? record->remote_vsock_port : record->port;

        *ret = NULL;
        /* VMADDR_CID_ANY and VMADDR_PORT_ANY */
        if (port == UINT32_MAX || (remote && cid == UINT32_MAX))
                return 0;
        return (cid == UINT32_MAX ? asprintf(ret, "*:%" PRIu32, port)
                                  : asprintf(ret, "%" PRIu32 ":%" PRIu32, cid, port)) < 0
                       ? -ENOMEM
                       : 0;
}

int address_socket_text(const struct sock_record *record, bool remote, char **ret)
{
        switch (record->table) {
        case SOCK_TABLE_UNIX:
                *ret = NULL;
                return remote ? 0 : unix_text(record, ret);
        case SOCK_TABLE_VSOCK:
                return vsock_text(record, remote, ret);
        case SOCK_TABLE_NETLINK:
        case SOCK_TABLE_PACKET:
        case SOCK_TABLE_XDP:
        case SOCK_TABLE_SMC:
                *ret = NULL;
                return 0;
        default:
                return inet_text(record, remote, ret);
        }
}

bool address_is_link_local(const struct rt_address *address)
{
        if (address->family == AF_INET6)
                return address->bytes[0] == 0xfe && (address->bytes[1] & 0xc0) == 0x80;
        return address->bytes[0] == 169 && address->bytes[1] == 254;
}
