/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "netlink/sock-diag.h"

#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <linux/netlink.h>
#include <net/ethernet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "netlink/netns-thread.h"
#include "netlink/sock-record.h"
#include "test-netns.h"

/* Looks for one inode. */
struct search {
        uint64_t inode;
        uint64_t tables;
        uint64_t missing;
        unsigned found;
        struct sock_record record;
        char name[128];
};

static int match(const struct sock_record *record, void *userdata)
{
        struct search *search = userdata;

        if (record->inode != search->inode)
                return 0;
        search->found++;
        search->record = *record;
        if (record->n_name > 0)
                memcpy(search->name, record->name, MIN(record->n_name, sizeof(search->name)));
        return 0;
}

static int walk(void *userdata)
{
        struct search *search = userdata;
        return sock_diag_walk(search->tables, match, search, &search->missing);
}

static struct search search_in(int netns, int socket_fd)
{
        struct search search = {.inode = test_inode(socket_fd), .tables = SOCK_TABLES_ALL};
        assert_int_equal(netns_thread_run(netns, walk, &search), 0);
        return search;
}

static int new_socket(int family, int type, int protocol)
{
        int fd = socket(family, type | SOCK_CLOEXEC, protocol);
        assert_true(fd >= 0);
        return fd;
}

static void test_finds_every_kind_only_where_it_is(void **state)
{
        struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = htons(4711)};
        struct sockaddr_in6 in6 = {.sin6_family = AF_INET6, .sin6_port = htons(4712)};
        struct sockaddr_nl nl = {.nl_family = AF_NETLINK, .nl_groups = 1};
        struct sockaddr_un un = {.sun_family = AF_UNIX, .sun_path = "\0hidden\nname"};
        int home = test_netns_enter_new();
        int netns = test_netns_here();

        int tcp = new_socket(AF_INET, SOCK_STREAM, 0);
        assert_int_equal(bind(tcp, (struct sockaddr *)&in, sizeof(in)), 0);
        assert_int_equal(listen(tcp, 9), 0);
        int udp6 = new_socket(AF_INET6, SOCK_DGRAM, 0);
        assert_int_equal(bind(udp6, (struct sockaddr *)&in6, sizeof(in6)), 0);
        int raw = new_socket(AF_INET, SOCK_RAW, IPPROTO_ICMP);
        int packet = new_socket(AF_PACKET, SOCK_RAW, htons(ETH_P_ALL));
        int route = new_socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);
        assert_int_equal(bind(route, (struct sockaddr *)&nl, sizeof(nl)), 0);
        int named = new_socket(AF_UNIX, SOCK_STREAM, 0);
        socklen_t n = offsetof(struct sockaddr_un, sun_path) + 12;
        assert_int_equal(bind(named, (struct sockaddr *)&un, n), 0);
        int pair[2];
        assert_int_equal(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, pair), 0);
        assert_int_equal(send(pair[0], "12345", 5, 0), 5);
        test_netns_leave(home);

        struct search s = search_in(netns, tcp);
        assert_int_equal(s.found, 1);
        assert_int_equal(s.record.family, AF_INET);
        assert_int_equal(s.record.protocol, IPPROTO_TCP);
        assert_int_equal(s.record.state, TCP_LISTEN);
        assert_string_equal(sock_record_state_to_string(&s.record), "listen");
        assert_int_equal(s.record.local_port, 4711);
        assert_int_equal(s.record.send_queue, 9);

        s = search_in(netns, udp6);
        assert_int_equal(s.found, 1);
        assert_int_equal(s.record.family, AF_INET6);
        assert_int_equal(s.record.local_port, 4712);

        s = search_in(netns, raw);
        assert_int_equal(s.found, 1);
        assert_int_equal(s.record.table, SOCK_TABLE_RAW);

        s = search_in(netns, packet);
        assert_int_equal(s.found, 1);
        assert_int_equal(s.record.protocol, ETH_P_ALL);
        assert_int_equal(s.record.type, SOCK_RAW);
        assert_false(s.record.ring);

        s = search_in(netns, route);
        assert_true(s.found >= 1); /* 6.18 lists a member of a multicast group twice */
        assert_int_equal(s.record.protocol, NETLINK_ROUTE);
        assert_int_equal(s.record.groups, 1);
        assert_int_not_equal(s.record.port_id, 0);
        assert_false(s.record.kernel);

        s = search_in(netns, named);
        assert_int_equal(s.found, 1);
        assert_int_equal(s.record.n_name, 12);
        assert_memory_equal(s.name, "\0hidden\nname", 12);

        s = search_in(netns, pair[1]);
        assert_int_equal(s.found, 1);
        assert_int_equal(s.record.type, SOCK_DGRAM);
        assert_int_equal(s.record.peer_inode, test_inode(pair[0]));
        assert_true(s.record.has_queues);
        assert_true(s.record.receive_queue >= 5);

        /* And none of them where we are. */
        int here = test_netns_here();
        const int fds[] = {tcp, udp6, raw, packet, route, named, pair[0], pair[1]};
        for (size_t i = 0; i < ARRAY_SIZE(fds); i++) {
                assert_int_equal(search_in(here, fds[i]).found, 0);
                (void)close(fds[i]);
        }
        (void)close(here);
        (void)close(netns);
}

/* What the kernel has no table for must not be taken for proved absent. */
static void test_says_what_it_missed(void **state)
{
        struct search search = {.tables = SOCK_TABLES_ALL};

        if (geteuid() != 0)
                skip();
        assert_int_equal(walk(&search), 0);
        assert_int_equal(search.missing & SOCK_TABLE_BIT(SOCK_TABLE_UNIX), 0);
        assert_int_equal(search.missing & SOCK_TABLE_BIT(SOCK_TABLE_TCP), 0);
        for (enum sock_table t = 0; t < _SOCK_TABLE_MAX; t++)
                assert_non_null(sock_table_to_string(t));

        /* Not asked for is not missing. */
        search.tables = SOCK_TABLE_BIT(SOCK_TABLE_UNIX);
        assert_int_equal(walk(&search), 0);
        assert_int_equal(search.missing, 0);
}

static int stop(const struct sock_record *record, void *userdata)
{
        return -ECANCELED;
}

static void test_stops_when_told(void **state)
{
        int pair[2];
        assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
        assert_int_equal(sock_diag_walk(SOCK_TABLE_BIT(SOCK_TABLE_UNIX), stop, NULL, NULL),
                         -ECANCELED);
        (void)close(pair[0]);
        (void)close(pair[1]);
}

static void test_proc_lines(void **state)
{
        struct sock_record record;

        /* ping -4 from 6.18, little endian */
        assert_int_equal(
                sock_record_decode_inet_line(
                        SOCK_TABLE_PING,
                        "    1: 0100007F:0001 0200A8C0:0000 07 00000000:00000300 00:00000000 "
                        "00000000  1000        0 48213 2 0000000000000000 0         \n",
                        &record),
                0);
        assert_int_equal(record.inode, 48213);
        assert_int_equal(record.uid, 1000);
        assert_int_equal(record.receive_queue, 0x300);
        assert_int_equal(record.local_port, 1);
        assert_int_equal(record.state, TCP_CLOSE);
        if (htons(1) != 1)
                assert_memory_equal(record.local, "\x7f\0\0\1", 4);

        assert_int_equal(
                sock_record_decode_inet_line(
                        SOCK_TABLE_RAW6,
                        "   58: 00000000000000000000000001000000:003A "
                        "00000000000000000000000000000000:0000 07 00000000:00000000 00:00000000 "
                        "00000000     0        0 9134 2 0000000000000000 0\n",
                        &record),
                0);
        assert_int_equal(record.inode, 9134);
        assert_int_equal(record.local_port, 58);
        if (htons(1) != 1)
                assert_int_equal(record.local[15], 1);

        assert_int_equal(
                sock_record_decode_packet_line(
                        "00000000e4b15413 3      3    0003   4     1 0        0      1063\n",
                        &record),
                0);
        assert_int_equal(record.type, SOCK_RAW);
        assert_int_equal(record.protocol, ETH_P_ALL);
        assert_int_equal(record.interface, 4);
        assert_int_equal(record.inode, 1063);

        const char *const bad[] = {
                "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt",
                "",
                "\n",
                "1: 7F:1",
                "    1: 0100007F:0001 0200A8C0:0000 07 00000000",
                "    1: 0100007F0:0001 0200A8C0:0000 07 00000000:00000300 00:00000000 00000000 1 0 4",
        };
        for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
                assert_int_equal(sock_record_decode_inet_line(SOCK_TABLE_RAW, bad[i], &record),
                                 -EBADMSG);
                assert_int_equal(sock_record_decode_packet_line(bad[i], &record), -EBADMSG);
        }
}

/* A message of any length must be refused or decoded, never read past. */
static void test_short_messages(void **state)
{
        union {
                struct nlmsghdr header;
                unsigned char bytes[512];
        } u;

        for (enum sock_table t = 0; t < _SOCK_TABLE_MAX; t++)
                for (unsigned size = 0; size <= 12; size++) {
                        struct sock_record record;
                        memset(&u, 0xff, sizeof(u));
                        u.header.nlmsg_len = (uint32_t)sizeof(u.header) + size;
                        assert_int_equal(sock_record_decode(t, &u.header, &record), -EBADMSG);
                }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_finds_every_kind_only_where_it_is),
                cmocka_unit_test(test_says_what_it_missed),
                cmocka_unit_test(test_stops_when_told),
                cmocka_unit_test(test_proc_lines),
                cmocka_unit_test(test_short_messages),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
