/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "netlink/rules.h"

#include <fcntl.h>
#include <libmnl/libmnl.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/xfrm.h>
#include <string.h>
#include <sys/socket.h>

#include "netlink/netlink.h"
#include "util/line-reader.h"

/* What of the kernel makes rules of a kind possible, as a module and as a function of it. */
struct part {
        const char *module, *function;
};

static const struct part nft = {"nf_tables", "nf_tables_gettable"};
static const struct part xfrm = {"xfrm_user", "xfrm_user_rcv_msg"};
static const struct part pf_key = {"af_key", "pfkey_spdadd"};

/* Whether @line of /proc/kallsyms, "0000000000000000 t NAME\t[MODULE]", is of that function; a
 * compiler may have given it an ending. */
static bool is_function(const char *line, size_t length, const char *name)
{
        const char *end = line + length;
        size_t n = strlen(name);

        for (int field = 0; field < 2 && line < end; line++)
                field += *line == ' ';
        return (size_t)(end - line) >= n && memcmp(line, name, n) == 0 &&
               ((size_t)(end - line) == n || strchr("\t .", line[n]));
}

/* Whether that is a part of the running kernel. /sys/module has all modules that are loaded, but of
 * what is built in only what has parameters. True where it cannot be determined. */
static bool is_there(const struct part *part)
{
        _cleanup_(line_reader_closep) struct line_reader lines;
        char path[64];
        const char *line;
        size_t length;
        int r;

        (void)snprintf(path, sizeof(path), "/sys/module/%s", part->module);
        if (access(path, F_OK) == 0)
                return true;
        r = line_reader_open(&lines, AT_FDCWD, "/proc/kallsyms");
        while (r >= 0 && (r = line_reader_next(&lines, &line, &length)) > 0)
                if (is_function(line, length, part->function))
                        return true;
        return r < 0;
}

/* One is enough. */
static int on_any(const struct nlmsghdr *message, void *userdata)
{
        return -EEXIST;
}

/* 1, 0, or a negative errno. */
static int has_any(int protocol, uint16_t type, const void *header, size_t size)
{
        union {
                struct nlmsghdr header;
                char bytes[256];
        } u;
        struct nlmsghdr *message = netlink_request_init(&u, sizeof(u), type, NLM_F_DUMP);
        int r;

        memcpy(mnl_nlmsg_put_extra_header(message, size), header, size);
        r = netlink_ask(protocol, message, on_any, NULL);
        /* A protocol that this kernel does not have has no rules either. */
        return r == -EEXIST ? 1 : r == -EPROTONOSUPPORT ? 0 : r;
}

static int has_nft(void)
{
        static const struct nfgenmsg any = {.nfgen_family = AF_UNSPEC, .version = NFNETLINK_V0};

        return has_any(NETLINK_NETFILTER, NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_GETTABLE, &any,
                       sizeof(any));
}

static int has_xfrm(void)
{
        static const struct xfrm_userpolicy_id policy;
        static const struct xfrm_usersa_id state;
        int r;

        r = has_any(NETLINK_XFRM, XFRM_MSG_GETPOLICY, &policy, sizeof(policy));
        return r != 0 ? r : has_any(NETLINK_XFRM, XFRM_MSG_GETSA, &state, sizeof(state));
}

/* Where no netlink reads them, key sockets may have set some. */
static int has_unreadable(void)
{
        return is_there(&pf_key) ? -EOPNOTSUPP : 0;
}

/* Tables of iptables and its like that were used in this namespace. */
static int has_iptables(void)
{
        static const char *const names[] = {"/proc/thread-self/net/ip_tables_names",
                                            "/proc/thread-self/net/ip6_tables_names",
                                            "/proc/thread-self/net/arp_tables_names"};
        char byte;

        for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
                _cleanup_close_ int fd = open(names[i], O_RDONLY | O_CLOEXEC);
                ssize_t n = fd < 0 ? negative_errno() : read(fd, &byte, 1);

                if (n < 0 && n != -ENOENT)
                        return fd < 0 ? (int)n : negative_errno();
                if (n > 0)
                        return 1;
        }
        return 0;
}

enum rules rules_find(void)
{
        int r;

        r = is_there(&nft) ? has_nft() : 0;
        if (r != 0)
                return r > 0 ? RULES_NFT : RULES_UNKNOWN;
        r = has_iptables();
        if (r != 0)
                return r > 0 ? RULES_IPTABLES : RULES_UNKNOWN;
        r = is_there(&xfrm) ? has_xfrm() : has_unreadable();
        if (r != 0)
                return r > 0 ? RULES_XFRM : RULES_UNKNOWN;
        return RULES_NONE;
}
