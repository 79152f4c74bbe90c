/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "netlink/sock-diag.h"

#include <fcntl.h>
#include <libmnl/libmnl.h>
#include <linux/inet_diag.h>
#include <linux/netlink_diag.h>
#include <linux/packet_diag.h>
#include <linux/smc_diag.h>
#include <linux/sock_diag.h>
#include <linux/unix_diag.h>
#include <linux/vm_sockets_diag.h>
#include <linux/xdp_diag.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "netlink/netlink.h"
#include "util/clock.h"
#include "util/file.h"

/* /proc/net/protocols has a line of about 130 bytes for each of some dozens of protocols. */
#define PROTOCOLS_MAX ((size_t)1024 * 1024)

struct walk {
        enum sock_table table;
        sock_diag_fn fn;
        void *userdata;
};

/* Which of @tables this kernel can have sockets of, by the protocols it has registered. */
static int tables_registered(uint64_t tables, uint64_t *ret)
{
        _cleanup_free_ char *text = NULL;
        uint64_t found = 0;
        char *line, *next;
        int r;

        r = file_read_at(AT_FDCWD, "/proc/thread-self/net/protocols", PROTOCOLS_MAX, &text, NULL);
        if (r < 0)
                return r;
        for (line = text; line; line = next) {
                next = strchr(line, '\n');
                if (next)
                        *next++ = '\0';
                size_t n = strcspn(line, " ");
                for (enum sock_table t = 0; t < _SOCK_TABLE_MAX; t++) {
                        const char *name = sock_table_info(t)->kernel_name;
                        if (strlen(name) == n && strncmp(name, line, n) == 0)
                                found |= SOCK_TABLE_BIT(t);
                }
        }
        *ret = found & tables;
        return 0;
}

static void put_inet_request(struct nlmsghdr *message, const struct sock_table_info *info)
{
        struct inet_diag_req_v2 *q = mnl_nlmsg_put_extra_header(message, sizeof(*q));

        q->sdiag_family = (uint8_t)info->family;
        q->idiag_states = UINT32_MAX;
        if (info->protocol <= UINT8_MAX)
                q->sdiag_protocol = (uint8_t)info->protocol;
        else /* MPTCP's number needs an attribute (5.9); without it the kernel reads 0: no table */
                mnl_attr_put_u32(message, INET_DIAG_REQ_PROTOCOL, (uint32_t)info->protocol);
}

static void put_request(struct nlmsghdr *message, enum sock_table table)
{
        switch (table) {
        case SOCK_TABLE_UNIX: {
                struct unix_diag_req *q = mnl_nlmsg_put_extra_header(message, sizeof(*q));
                q->sdiag_family = AF_UNIX;
                q->udiag_states = UINT32_MAX;
                q->udiag_show =
                        UDIAG_SHOW_NAME | UDIAG_SHOW_PEER | UDIAG_SHOW_RQLEN | UDIAG_SHOW_UID;
                break;
        }
        case SOCK_TABLE_NETLINK: {
                struct netlink_diag_req *q = mnl_nlmsg_put_extra_header(message, sizeof(*q));
                q->sdiag_family = AF_NETLINK;
                q->sdiag_protocol = NDIAG_PROTO_ALL;
                q->ndiag_show = NDIAG_SHOW_GROUPS | NDIAG_SHOW_MEMINFO;
                break;
        }
        case SOCK_TABLE_PACKET: {
                struct packet_diag_req *q = mnl_nlmsg_put_extra_header(message, sizeof(*q));
                q->sdiag_family = AF_PACKET;
                q->pdiag_show = PACKET_SHOW_INFO | PACKET_SHOW_RING_CFG;
                break;
        }
        case SOCK_TABLE_XDP: {
                struct xdp_diag_req *q = mnl_nlmsg_put_extra_header(message, sizeof(*q));
                q->sdiag_family = AF_XDP;
                q->xdiag_show = XDP_SHOW_INFO;
                break;
        }
        case SOCK_TABLE_VSOCK: {
                struct vsock_diag_req *q = mnl_nlmsg_put_extra_header(message, sizeof(*q));
                q->sdiag_family = AF_VSOCK;
                q->vdiag_states = UINT32_MAX;
                break;
        }
        case SOCK_TABLE_SMC: {
                struct smc_diag_req *q = mnl_nlmsg_put_extra_header(message, sizeof(*q));
                q->diag_family = (uint8_t)sock_table_info(table)->family;
                break;
        }
        default:
                put_inet_request(message, sock_table_info(table));
        }
}

static int on_message(const struct nlmsghdr *message, void *userdata)
{
        const struct walk *w = userdata;
        struct sock_record record;
        int r;

        r = sock_record_decode(w->table, message, &record);
        if (r < 0)
                return r;
        return w->fn(&record, w->userdata);
}

static int walk_diag(struct walk *w)
{
        union {
                struct nlmsghdr header;
                char bytes[256]; /* the longest request, smc_diag_req, is 52 bytes */
        } u = {};
        struct nlmsghdr *message = mnl_nlmsg_put_header(u.bytes);

        message->nlmsg_type = SOCK_DIAG_BY_FAMILY;
        message->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
        put_request(message, w->table);
        return netlink_ask(NETLINK_SOCK_DIAG, message, on_message, w);
}

/* Under the limits of a dump: as many sockets are in a file as their owners like. */
static int walk_file(struct walk *w, const struct sock_table_info *info)
{
        const struct netlink_limits limits = NETLINK_LIMITS_DEFAULT;
        uint64_t end = clock_usec(CLOCK_MONOTONIC) + limits.usec;
        _cleanup_free_ char *line = NULL;
        char path[64];
        size_t room = 0, size = 0;
        FILE *f;
        int r = 0;

        (void)snprintf(path, sizeof(path), "/proc/thread-self/net/%s", info->file);
        f = fopen(path, "re");
        if (!f)
                return negative_errno();
        while (r >= 0 && getline(&line, &room, f) >= 0) {
                struct sock_record record;

                r = info->format == SOCK_FILE_INET
                            ? sock_record_decode_inet_line(w->table, line, &record)
                            : sock_record_decode_packet_line(line, &record);
                /* The heading, and a kind of line that a later kernel may bring. */
                r = r < 0 ? 0 : w->fn(&record, w->userdata);
                size += strlen(line);
                if (r >= 0 && size > limits.bytes)
                        r = -EFBIG;
                else if (r >= 0 && clock_usec(CLOCK_MONOTONIC) >= end)
                        r = -ETIME;
        }
        if (r >= 0 && ferror(f))
                r = -EIO;
        (void)fclose(f);
        return r;
}

/* -ENOENT when the kernel offers no way to list this table. */
static int walk_table(struct walk *w)
{
        const struct sock_table_info *info = sock_table_info(w->table);
        int r = -ENOENT;

        if (info->diag)
                r = walk_diag(w);
        if (r == -ENOENT && info->file)
                r = walk_file(w, info);
        return r;
}

int sock_diag_walk_one(enum sock_table table, sock_diag_fn fn, void *userdata)
{
        return walk_table(&(struct walk){.table = table, .fn = fn, .userdata = userdata});
}

int sock_diag_walk(uint64_t tables, sock_diag_fn fn, void *userdata, uint64_t *ret_missing)
{
        uint64_t registered, missing = 0;
        int r;

        r = tables_registered(tables, &registered);
        if (r < 0)
                return r;
        for (enum sock_table t = 0; t < _SOCK_TABLE_MAX; t++) {
                struct walk w = {.table = t, .fn = fn, .userdata = userdata};

                if (!(registered & SOCK_TABLE_BIT(t)))
                        continue;
                r = walk_table(&w);
                if (r == -ENOENT)
                        missing |= SOCK_TABLE_BIT(t);
                else if (r < 0)
                        return r;
        }
        if (ret_missing)
                *ret_missing = missing;
        return 0;
}
