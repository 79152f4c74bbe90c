/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The pure parts of src/inspect: parsers, texts, and what is concluded from evidence. */
#include <arpa/inet.h>
#include <linux/netlink.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>

#include "inspect/address.h"
#include "inspect/cause.h"
#include "inspect/netns-pin.h"
#include "inspect/origin.h"
#include "inspect/process-facts.h"
#include "inspect/process-parse.h"
#include "test-netns.h"

static void assert_command_line(const char *bytes, size_t n, const char *text)
{
        _cleanup_free_ char *line = process_parse_command_line(bytes, n);
        assert_string_equal(line, text);
}

static void test_command_line(void **state)
{
        assert_command_line("sleep\0infinity", 14, "sleep infinity");
        assert_command_line("a\0\0b c\0'", 8, "a '' 'b c' ''\\'''");
        assert_command_line("\x1b[31m", 5, "'\\x1b[31m'");
        assert_command_line("$(x)", 4, "'$(x)'");
}

static void test_go(void **state)
{
        static const char go[] = "\x7f"
                                 "ELF....\xff Go build ID: \"abc/def\"\n \xff";

        assert_true(process_parse_is_go(go, sizeof(go)));
        assert_false(process_parse_is_go(go, 20));
        assert_false(process_parse_is_go("Go build ID: \"", 14));
}

static void test_origin(void **state)
{
        static const pid_t pids[] = {4711, 17};
        const struct origin_evidence base = {
                .holder = 4711, .holder_pids = pids, .n_holder_pids = 2, .parent = 812};
        struct origin_evidence e = base;

        assert_int_equal(origin_judge(&e), ORIGIN_UNKNOWN);
        e.netlink_port = 4711;
        assert_int_equal(origin_judge(&e), ORIGIN_OPENED);
        e.netlink_port = 17; /* its number in its own pid namespace */
        assert_int_equal(origin_judge(&e), ORIGIN_OPENED);
        e.parent_has_it = true; /* and gave it to its parent */
        assert_int_equal(origin_judge(&e), ORIGIN_OPENED);
        e.netlink_port = 812;
        assert_int_equal(origin_judge(&e), ORIGIN_INHERITED);
        e = base;
        e.netlink_port = 812;
        assert_int_equal(origin_judge(&e), ORIGIN_INHERITED);
        e.netlink_port = 900;
        assert_int_equal(origin_judge(&e), ORIGIN_PASSED);
        e.younger_opener = true;
        assert_int_equal(origin_judge(&e), ORIGIN_RECEIVED);
        /* Everybody's pid 1 proves nothing. */
        e = base;
        e.parent = 1;
        e.netlink_port = 1;
        assert_int_equal(origin_judge(&e), ORIGIN_PASSED);
        /* Numbers that the kernel makes up when the pid is taken already. */
        e.netlink_port = 0xfffff000;
        assert_int_equal(origin_judge(&e), ORIGIN_UNKNOWN);
        e = base;
        e.unix_accepted = true;
        assert_int_equal(origin_judge(&e), ORIGIN_ACCEPTED);
}

static void assert_cause(const struct holder *h, const struct process_facts *p,
                         const struct origin *o, const char *name)
{
        const struct cause *cause = cause_find(h, p, o, NULL);

        if (!name)
                assert_null(cause);
        else {
                assert_non_null(cause);
                assert_string_equal(cause->name, name);
        }
}

/* Each pattern by its evidence, and not without any single piece of it. */
static void test_causes(void **state)
{
        struct holder socket = {.kind = HOLDER_SOCKET, .family = AF_INET};
        struct holder netlink = {.kind = HOLDER_SOCKET, .family = AF_NETLINK};
        struct process_facts plain = {.threads = 4}, go = {.threads = 4, .go = true};
        char a[] = "/a", b[] = "/b";
        struct process_facts executed = {.executable = a, .parent_executable = b};
        struct process_facts forked = {.executable = a, .parent_executable = a};
        struct origin none = {},
                      opened = {.kind = ORIGIN_OPENED, .has_cloexec = true, .cloexec = true};

        assert_cause(&socket, &plain, &none, NULL);
        assert_cause(&(struct holder){.kind = HOLDER_SOCKET_IN_FLIGHT}, &plain, &none,
                     "sockets-in-flight");
        assert_cause(&(struct holder){.kind = HOLDER_SOCKET_MAPPING, .family = -1}, &plain, &none,
                     "mapped-packet-ring");
        assert_cause(&(struct holder){.kind = HOLDER_IO_URING_FILE}, &plain, &none,
                     "io-uring-registered-file");
        assert_cause(&(struct holder){.kind = HOLDER_TUN}, &plain, &none, "tun-left-open");

        struct origin accepted = {.kind = ORIGIN_ACCEPTED};
        assert_cause(&socket, &plain, &accepted, NULL);
        accepted.peer_closed = true;
        assert_cause(&socket, &plain, &accepted, "accepted-and-never-closed");
        /* The client may have given its end to a process that goes on. */
        accepted = (struct origin){.kind = ORIGIN_ACCEPTED, .client_gone = true};
        assert_cause(&socket, &plain, &accepted, NULL);

        struct origin inherited = {.kind = ORIGIN_INHERITED, .has_cloexec = true};
        assert_cause(&netlink, &executed, &inherited, "inherited-without-close-on-exec");
        assert_cause(&netlink, &forked, &inherited, "inherited-by-fork");
        assert_cause(&netlink, &plain, &inherited, NULL);
        inherited.cloexec = true;
        assert_cause(&netlink, &executed, &inherited, NULL);
        inherited = (struct origin){.kind = ORIGIN_PASSED, .has_cloexec = true};
        assert_cause(&netlink, &executed, &inherited, NULL);

        assert_cause(&netlink, &plain, &opened, "netlink-handle-kept");
        assert_cause(&netlink, &plain, &none, NULL);
        netlink.protocol = NETLINK_AUDIT;
        assert_cause(&netlink, &plain, &opened, NULL);

        struct origin marked = {.has_cloexec = true, .cloexec = true};
        assert_cause(&socket, &go, &marked, "go-thread-in-wrong-namespace");
        assert_cause(&socket, &plain, &marked, NULL);
        assert_cause(&socket, &go, &none, NULL);
        go.threads = 1;
        assert_cause(&socket, &go, &marked, NULL);
}

static void test_cause_table(void **state)
{
        for (size_t i = 0; i < n_causes; i++) {
                const char *summary = causes[i].summary, *remedy = causes[i].remedy;
                assert_true(summary[strlen(summary) - 1] != '.');
                assert_true(remedy[strlen(remedy) - 1] != '.');
        }
}

static void assert_address(const struct sock_record *record, bool remote, const char *text)
{
        _cleanup_free_ char *s = NULL;

        assert_int_equal(address_socket_text(record, remote, &s), 0);
        if (!text)
                assert_null(s);
        else
                assert_string_equal(s, text);
}

static void test_addresses(void **state)
{
        struct sock_record in = {.table = SOCK_TABLE_TCP,
                                 .family = AF_INET,
                                 .local_port = 80,
                                 .local = {10, 0, 0, 2}};
        struct sock_record in6 = {.table = SOCK_TABLE_UDP6, .family = AF_INET6, .local_port = 53};
        struct sock_record un = {.table = SOCK_TABLE_UNIX, .family = AF_UNIX};

        assert_address(&in, false, "10.0.0.2:80");
        assert_address(&in, true, NULL);
        memset(in.local, 0, sizeof(in.local));
        assert_address(&in, false, "*:80");
        assert_address(&in6, false, "[::]:53");
        in6.local[15] = 1;
        assert_address(&in6, false, "[::1]:53");
        assert_address(&un, false, NULL);
        un.name = (const uint8_t *)"/run/x\n";
        un.n_name = 7;
        assert_address(&un, false, "/run/x\\x0a");
        un.name = (const uint8_t *)"\0ab";
        un.n_name = 3;
        assert_address(&un, false, "@ab");

        struct rt_address address = {
                .family = AF_INET, .bytes = {169, 254, 3, 4}, .prefix_length = 16};
        _cleanup_free_ char *text = address_text(&address);
        assert_string_equal(text, "169.254.3.4/16");
        assert_true(address_is_link_local(&address));
        address.bytes[0] = 168;
        assert_false(address_is_link_local(&address));
        address = (struct rt_address){.family = AF_INET6, .bytes = {0xfe, 0x80}};
        assert_true(address_is_link_local(&address));

        struct rt_link link = {.mac = {2, 0x42, 0xac, 0, 0, 0xff}, .n_mac = 6};
        _cleanup_free_ char *mac = address_mac_text(&link);
        assert_string_equal(mac, "02:42:ac:00:00:ff");
        link.n_mac = 0;
        assert_null(address_mac_text(&link));
}

static void test_pin_names(void **state)
{
        static const char *const good[] = {"a", "blue", "a.b", "x y", "\303\266"};
        static const char *const bad[] = {"", ".", "..", "a/b", "/", "-a", "a\nb", "\x1b", "a\\b"};
        char longest[257];

        for (size_t i = 0; i < ARRAY_SIZE(good); i++)
                assert_int_equal(netns_pin_check_name(good[i], NULL), 0);
        for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
                assert_int_equal(netns_pin_check_name(bad[i], NULL), -EINVAL);
        memset(longest, 'x', 256);
        longest[256] = '\0';
        assert_int_equal(netns_pin_check_name(longest, NULL), -ENAMETOOLONG);
        longest[255] = '\0';
        assert_int_equal(netns_pin_check_name(longest, NULL), 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {

                cmocka_unit_test(test_command_line), cmocka_unit_test(test_go),
                cmocka_unit_test(test_origin),       cmocka_unit_test(test_causes),
                cmocka_unit_test(test_cause_table),  cmocka_unit_test(test_addresses),
                cmocka_unit_test(test_pin_names),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
