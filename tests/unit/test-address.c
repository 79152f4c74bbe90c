/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "inspect/address.h"

#include <string.h>
#include <sys/socket.h>

#include "test-netns.h"

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

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_addresses),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
