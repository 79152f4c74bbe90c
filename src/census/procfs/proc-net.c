/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "census/procfs/proc-net.h"

#include <string.h>

#include "util/macro.h"

/* Each was opened in a namespace that then lost all else: tests/zoo/proc-net-kinds.c does it again
 * on any kernel. */
static const char *const holding[] = {
        "anycast6",
        "arp",
        "arp_tables_names",
        "dev",
        "dev_mcast",
        "fib_trie",
        "fib_triestat",
        "icmp",
        "icmp6",
        "if_inet6",
        "igmp",
        "igmp6",
        "ip6_flowlabel",
        "ip6_mr_cache",
        "ip6_mr_vif",
        "ip6_tables_names",
        "ip_mr_cache",
        "ip_mr_vif",
        "ip_tables_names",
        "ipv6_route",
        "mcfilter",
        "mcfilter6",
        "netfilter/nf_log",
        "netfilter/nfnetlink_log",
        "netfilter/nfnetlink_queue",
        "netlink",
        "netstat",
        "nf_conntrack",
        "nf_conntrack_expect",
        "packet",
        "protocols",
        "ptype",
        "raw",
        "raw6",
        "route",
        "rt6_stats",
        "snmp",
        "snmp6",
        "sockstat",
        "sockstat6",
        "stat/nf_conntrack",
        "stat/synproxy",
        "tcp",
        "tcp6",
        "udp",
        "udp6",
        "udplite",
        "udplite6",
        "unix",
        "xfrm_stat",
};

static const char *const not_holding[] = {
        "arp_tables_matches",
        "arp_tables_targets",
        "dev_snmp6/", /* and what is in it */
        "ip6_tables_matches",
        "ip6_tables_targets",
        "ip_tables_matches",
        "ip_tables_targets",
        "psched",
        "rt_acct",
        "rt_cache",
        "softnet_stat",
        "stat/rt_cache",
};

/* Of files that hold it. /proc/net/rt_cache, which does not, has one tab more than route. */
static const char *const headings[] = {
        "  sl  local_address rem_address   st tx_queue rx_queue tr ",
        "   sl  local_address rem_address   st tx_queue rx_queue tr ",
        "  sl  local_address                         remote_address ",
        "IP address       HW type     Flags       HW address",
        "Idx\tDevice    : Count Querier\tGroup",
        "Iface\tDestination\tGateway \tFlags\tRefCnt\t",
        "Inter-|   Receive ",
        "Ip: Forwarding DefaultTTL InReceives ",
        "Num       RefCount Protocol Flags    Type St Inode Path",
        "TcpExt: Syncookies",
        "protocol  size sockets  memory press ",
        "sk               Eth Pid        Groups   Rmem     Wmem ",
        "sk               RefCnt Type Proto  Iface R Rmem ",
        "sockets: used ",
};

static const char *find(const char *const list[], size_t n, const char *file)
{
        for (size_t i = 0; i < n; i++) {
                size_t length = strlen(list[i]);
                bool folder = list[i][length - 1] == '/';
                if (folder ? strncmp(list[i], file, length) == 0 : strcmp(list[i], file) == 0)
                        return list[i];
        }
        return NULL;
}

enum proc_net_kind proc_net_kind_of(const char *file, const char **ret_file)
{
        const char *holds = find(holding, ARRAY_SIZE(holding), file);
        const char *holds_not = find(not_holding, ARRAY_SIZE(not_holding), file);

        if (ret_file)
                *ret_file = holds ? holds : holds_not;
        return holds ? PROC_NET_HOLDS : holds_not ? PROC_NET_HOLDS_NOT : PROC_NET_UNKNOWN;
}

bool proc_net_begins(const char *text, size_t n)
{
        for (size_t i = 0; i < ARRAY_SIZE(headings); i++)
                if (n >= strlen(headings[i]) && memcmp(text, headings[i], strlen(headings[i])) == 0)
                        return true;
        return false;
}

/* Steps *@p behind "/NUMBER". */
static bool skip_number(const char **p)
{
        const char *q = *p;

        if (*q++ != '/' || *q < '0' || *q > '9')
                return false;
        while (*q >= '0' && *q <= '9')
                q++;
        *p = q;
        return true;
}

static bool skip_text(const char **p, const char *text)
{
        size_t n = strlen(text);

        if (strncmp(*p, text, n) != 0)
                return false;
        *p += n;
        return true;
}

bool proc_net_parse(const char *path, const char **ret_file)
{
        if (!skip_number(&path) || (skip_text(&path, "/task") && !skip_number(&path)) ||
            !skip_text(&path, "/net/") || *path == '\0')
                return false;
        *ret_file = path;
        return true;
}
