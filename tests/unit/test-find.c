/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What people type when they look for an address or a MAC. */
#include <arpa/inet.h>
#include <string.h>
#include <sys/socket.h>

#include "inspect/find.h"
#include "test-netns.h"

static void assert_address(const char *s, int family, const char *expected)
{
        struct find_query q = {};
        char text[INET6_ADDRSTRLEN];

        assert_true(find_parse_address(s, &q));
        assert_int_equal(q.kind, FIND_ADDRESS);
        assert_int_equal(q.family, family);
        assert_int_equal(q.n_bytes, family == AF_INET ? 4 : 16);
        assert_string_equal(inet_ntop(family, q.bytes, text, sizeof(text)), expected);
}

static void test_addresses(void **state)
{
        struct find_query q = {.kind = FIND_MAC};

        assert_address("10.0.0.7", AF_INET, "10.0.0.7");
        assert_address("10.0.0.7/24", AF_INET, "10.0.0.7");
        assert_address("FE80::1", AF_INET6, "fe80::1");
        assert_address("fe80::1%eth0", AF_INET6, "fe80::1");
        assert_address("2001:db8::10:0/64", AF_INET6, "2001:db8::10:0");

        static const char *const others[] = {
                "",
                "/",
                "%",
                "10.0.0",
                "10.0.0.256",
                "eth0",
                "010.0.0.7",
                "0.0.0.0.0",
                "::1::",
                "4026532177",
                "net:[4026532177]",
                "1111:2222:3333:4444:5555:6666:7777:8888:9999",
                "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"};
        for (size_t i = 0; i < ARRAY_SIZE(others); i++)
                assert_false(find_parse_address(others[i], &q));
        assert_int_equal(q.kind, FIND_MAC); /* untouched */
}

static void test_macs(void **state)
{
        static const uint8_t expected[] = {0x7a, 0x7a, 0x36, 0x71, 0x0f, 0xA4};
        static const char *const right[] = {"7a:7a:36:71:0f:a4", "7A:7A:36:71:0F:A4",
                                            "7a-7a-36-71-0f-a4"};
        static const char *const others[] = {"",
                                             "7a:7a:36:71:0f",
                                             "7a:7a:36:71:0f:a4:00",
                                             "7a:7a:36:71:0f:ag",
                                             "7a:7a:36-71:0f:a4",
                                             "7a7a36710fa4",
                                             "7a:7a:36:71:0f:a ",
                                             "::::::::::::::::"};

        for (size_t i = 0; i < ARRAY_SIZE(right); i++) {
                struct find_query q = {};
                assert_true(find_parse_mac(right[i], &q));
                assert_int_equal(q.kind, FIND_MAC);
                assert_int_equal(q.n_bytes, sizeof(expected));
                assert_memory_equal(q.bytes, expected, sizeof(expected));
        }
        for (size_t i = 0; i < ARRAY_SIZE(others); i++) {
                struct find_query q = {};
                assert_false(find_parse_mac(others[i], &q));
        }
}

int main(void)
{
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_addresses),
                cmocka_unit_test(test_macs),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
