/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "netlink/sock-record.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <libmnl/libmnl.h>
#include <linux/inet_diag.h>
#include <linux/netlink_diag.h>
#include <linux/packet_diag.h>
#include <linux/smc_diag.h>
#include <linux/unix_diag.h>
#include <linux/vm_sockets_diag.h>
#include <linux/xdp_diag.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>

#include "util/macro.h"

static void decode_inet_id(const struct inet_diag_sockid *id, struct sock_record *record)
{
        memcpy(record->local, id->idiag_src, sizeof(record->local));
        memcpy(record->remote, id->idiag_dst, sizeof(record->remote));
        record->local_port = ntohs(id->idiag_sport);
        record->remote_port = ntohs(id->idiag_dport);
        record->interface = id->idiag_if;
}

static int decode_inet(const struct nlmsghdr *message, struct sock_record *record)
{
        const struct inet_diag_msg *m = mnl_nlmsg_get_payload(message);

        if (mnl_nlmsg_get_payload_len(message) < sizeof(*m) || m->idiag_family != record->family)
                return -EBADMSG;
        record->inode = m->idiag_inode;
        record->state = m->idiag_state;
        record->has_uid = true;
        record->uid = m->idiag_uid;
        record->has_queues = true;
        record->receive_queue = m->idiag_rqueue;
        record->send_queue = m->idiag_wqueue;
        decode_inet_id(&m->id, record);
        return 0;
}

static int decode_smc(const struct nlmsghdr *message, struct sock_record *record)
{
        const struct smc_diag_msg *m = mnl_nlmsg_get_payload(message);

        if (mnl_nlmsg_get_payload_len(message) < sizeof(*m))
                return -EBADMSG;
        record->inode = m->diag_inode;
        record->state = m->diag_state;
        record->has_uid = true;
        record->uid = m->diag_uid;
        decode_inet_id(&m->id, record);
        return 0;
}

static bool attribute_u32(const struct nlattr *attr, uint32_t *ret)
{
        if (mnl_attr_get_payload_len(attr) < sizeof(uint32_t))
                return false;
        *ret = mnl_attr_get_u32(attr);
        return true;
}

static int decode_unix(const struct nlmsghdr *message, struct sock_record *record)
{
        const struct unix_diag_msg *m = mnl_nlmsg_get_payload(message);
        const struct nlattr *attr;

        if (mnl_nlmsg_get_payload_len(message) < sizeof(*m) || m->udiag_family != AF_UNIX)
                return -EBADMSG;
        record->inode = m->udiag_ino;
        record->type = m->udiag_type;
        record->state = m->udiag_state;
        mnl_attr_for_each(attr, message, sizeof(*m))
        {
                switch (mnl_attr_get_type(attr)) {
                case UNIX_DIAG_NAME:
                        record->name = mnl_attr_get_payload(attr);
                        record->n_name = mnl_attr_get_payload_len(attr);
                        /* A path comes with its NUL, an abstract name starts with one and may end
                         * with one that belongs to it. */
                        if (record->n_name > 0 && record->name[0] != 0)
                                record->n_name =
                                        strnlen((const char *)record->name, record->n_name);
                        break;
                case UNIX_DIAG_PEER:
                        record->has_peer = attribute_u32(attr, &record->peer_inode);
                        break;
                case UNIX_DIAG_RQLEN:
                        if (mnl_attr_get_payload_len(attr) >= sizeof(struct unix_diag_rqlen)) {
                                const struct unix_diag_rqlen *q = mnl_attr_get_payload(attr);
                                record->has_queues = true;
                                record->receive_queue = q->udiag_rqueue;
                                record->send_queue = q->udiag_wqueue;
                        }
                        break;
                case UNIX_DIAG_UID:
                        record->has_uid = attribute_u32(attr, &record->uid);
                        break;
                }
        }
        return 0;
}

static int decode_netlink(const struct nlmsghdr *message, struct sock_record *record)
{
        const struct netlink_diag_msg *m = mnl_nlmsg_get_payload(message);
        const struct nlattr *attr;

        if (mnl_nlmsg_get_payload_len(message) < sizeof(*m) || m->ndiag_family != AF_NETLINK)
                return -EBADMSG;
        record->inode = m->ndiag_ino;
        record->type = m->ndiag_type;
        record->protocol = m->ndiag_protocol;
        record->state = m->ndiag_state;
        record->port_id = m->ndiag_portid;
        /* The kernel's own end of each protocol; a process's socket is listed only once it has a
         * port id. */
        record->kernel = m->ndiag_portid == 0;
        mnl_attr_for_each(attr, message, sizeof(*m))
        {
                const uint32_t *memory = mnl_attr_get_payload(attr);

                switch (mnl_attr_get_type(attr)) {
                case NETLINK_DIAG_GROUPS:
                        (void)attribute_u32(attr, &record->groups);
                        break;
                case NETLINK_DIAG_MEMINFO: /* u32s by SK_MEMINFO_*: receive is 0, send is 2 */
                        if (mnl_attr_get_payload_len(attr) < 3 * sizeof(uint32_t))
                                break;
                        record->has_queues = true;
                        record->receive_queue = memory[0];
                        record->send_queue = memory[2];
                        break;
                }
        }
        return 0;
}

static int decode_packet(const struct nlmsghdr *message, struct sock_record *record)
{
        const struct packet_diag_msg *m = mnl_nlmsg_get_payload(message);
        const struct nlattr *attr;

        if (mnl_nlmsg_get_payload_len(message) < sizeof(*m) || m->pdiag_family != AF_PACKET)
                return -EBADMSG;
        record->inode = m->pdiag_ino;
        record->type = m->pdiag_type;
        record->protocol = m->pdiag_num;
        mnl_attr_for_each(attr, message, sizeof(*m))
        {
                switch (mnl_attr_get_type(attr)) {
                case PACKET_DIAG_INFO:
                        (void)attribute_u32(attr, &record->interface); /* pdi_index comes first */
                        break;
                case PACKET_DIAG_RX_RING:
                case PACKET_DIAG_TX_RING:
                        record->ring = true;
                        break;
                case PACKET_DIAG_UID:
                        record->has_uid = attribute_u32(attr, &record->uid);
                        break;
                }
        }
        return 0;
}

static int decode_xdp(const struct nlmsghdr *message, struct sock_record *record)
{
        const struct xdp_diag_msg *m = mnl_nlmsg_get_payload(message);
        const struct nlattr *attr;

        if (mnl_nlmsg_get_payload_len(message) < sizeof(*m) || m->xdiag_family != AF_XDP)
                return -EBADMSG;
        record->inode = m->xdiag_ino;
        record->type = m->xdiag_type;
        record->ring = true;
        mnl_attr_for_each(attr, message, sizeof(*m))
        {
                switch (mnl_attr_get_type(attr)) {
                case XDP_DIAG_INFO:
                        (void)attribute_u32(attr, &record->interface); /* ifindex comes first */
                        break;
                case XDP_DIAG_UID:
                        record->has_uid = attribute_u32(attr, &record->uid);
                        break;
                }
        }
        return 0;
}

static int decode_vsock(const struct nlmsghdr *message, struct sock_record *record)
{
        const struct vsock_diag_msg *m = mnl_nlmsg_get_payload(message);

        if (mnl_nlmsg_get_payload_len(message) < sizeof(*m) || m->vdiag_family != AF_VSOCK)
                return -EBADMSG;
        record->inode = m->vdiag_ino;
        record->type = m->vdiag_type;
        record->state = m->vdiag_state;
        record->cid = m->vdiag_src_cid;
        record->port = m->vdiag_src_port;
        record->remote_cid = m->vdiag_dst_cid;
        record->remote_vsock_port = m->vdiag_dst_port;
        return 0;
}

static void record_init(enum sock_table table, struct sock_record *record)
{
        const struct sock_table_info *info = sock_table_info(table);

        *record = (struct sock_record){
                .table = table,
                .family = info->family,
                .type = info->type,
                .protocol = info->protocol,
                .state = TCP_CLOSE,
        };
}

int sock_record_decode(enum sock_table table, const struct nlmsghdr *message,
                       struct sock_record *record)
{
        record_init(table, record);
        switch (table) {
        case SOCK_TABLE_UNIX:
                return decode_unix(message, record);
        case SOCK_TABLE_NETLINK:
                return decode_netlink(message, record);
        case SOCK_TABLE_PACKET:
                return decode_packet(message, record);
        case SOCK_TABLE_XDP:
                return decode_xdp(message, record);
        case SOCK_TABLE_VSOCK:
                return decode_vsock(message, record);
        case SOCK_TABLE_SMC:
                return decode_smc(message, record);
        default:
                return decode_inet(message, record);
        }
}

/* An address in procfs is 32-bit words, each printed as the number it is in this machine's order:
 * scanned as a number it is the address's bytes again. */
static bool parse_address(const char *hex, size_t n_words, uint8_t *address)
{
        for (size_t i = 0; i < n_words; i++) {
                uint32_t word;
                if (sscanf(hex + 8 * i, "%8" SCNx32, &word) != 1)
                        return false;
                memcpy(address + 4 * i, &word, sizeof(word));
        }
        return true;
}

int sock_record_decode_inet_line(enum sock_table table, const char *line,
                                 struct sock_record *record)
{
        char local[33], remote[33];
        uint16_t local_port, remote_port;
        uint32_t uid, tx, rx;
        uint8_t state;
        uint64_t inode;

        record_init(table, record);
        size_t n_words = record->family == AF_INET6 ? 4 : 1;
        /* sl local:port remote:port st tx:rx tr:when retrnsmt uid timeout inode */
        if (sscanf(line,
                   "%*u: %32[0-9A-F]:%4" SCNx16 " %32[0-9A-F]:%4" SCNx16 " %2" SCNx8 " %8" SCNx32
                   ":%8" SCNx32 " %*x:%*x %*x %" SCNu32 " %*d %" SCNu64,
                   local, &local_port, remote, &remote_port, &state, &tx, &rx, &uid, &inode) != 9)
                return -EBADMSG;
        if (strlen(local) != 8 * n_words || strlen(remote) != 8 * n_words ||
            !parse_address(local, n_words, record->local) ||
            !parse_address(remote, n_words, record->remote))
                return -EBADMSG;
        record->inode = inode;
        record->state = state;
        record->has_uid = true;
        record->uid = uid;
        record->has_queues = true;
        record->receive_queue = rx;
        record->send_queue = tx;
        record->local_port = local_port;
        record->remote_port = remote_port;
        return 0;
}

int sock_record_decode_packet_line(const char *line, struct sock_record *record)
{
        unsigned type, protocol, uid, interface;
        uint64_t inode;

        record_init(SOCK_TABLE_PACKET, record);
        /* sk RefCnt Type Proto Iface R Rmem User Inode */
        if (sscanf(line, "%*s %*d %u %x %u %*d %*u %u %" SCNu64, &type, &protocol, &interface, &uid,
                   &inode) != 5)
                return -EBADMSG;
        record->inode = inode;
        record->type = (int)type;
        record->protocol = (int)protocol;
        record->interface = interface;
        record->has_uid = true;
        record->uid = uid;
        return 0;
}

static const char *const state_names[] = {
        [TCP_ESTABLISHED] = "established",
        [TCP_SYN_SENT] = "syn_sent",
        [TCP_SYN_RECV] = "syn_recv",
        [TCP_FIN_WAIT1] = "fin_wait_1",
        [TCP_FIN_WAIT2] = "fin_wait_2",
        [TCP_TIME_WAIT] = "time_wait",
        [TCP_CLOSE] = "unconnected",
        [TCP_CLOSE_WAIT] = "close_wait",
        [TCP_LAST_ACK] = "last_ack",
        [TCP_LISTEN] = "listen",
        [TCP_CLOSING] = "closing",
        [TCP_CLOSING + 1] = "syn_recv",       /* TCP_NEW_SYN_RECV, the kernel's only */
        [TCP_CLOSING + 2] = "bound_inactive", /* TCP_BOUND_INACTIVE, 6.8 */
};

const char *sock_record_state_to_string(const struct sock_record *record)
{
        return record->state < ARRAY_SIZE(state_names) && state_names[record->state]
                       ? state_names[record->state]
                       : "unknown";
}
