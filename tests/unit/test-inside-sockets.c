/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "inspect/inside-sockets.h"

#include <linux/netlink.h>
#include <sys/socket.h>

#include "inspect/inside.h"
#include "netlink/netlink-socket.h"
#include "netlink/own-socket.h"
#include "test-netns.h"

static void sockets_that_look_are_not_counted(void **state)
{
        struct inside *inside = calloc(1, sizeof(*inside));
        int home = test_netns_enter_new();
        const int own[] = {own_socket_open(AF_UNIX, SOCK_DGRAM, 0),
                           netlink_socket_open(NETLINK_SOCK_DIAG, 0),
                           netlink_socket_open(NETLINK_ROUTE, 0)};
        int other = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
        struct sockaddr_nl any = {.nl_family = AF_NETLINK};

        assert_non_null(inside);
        assert_int_equal(netlink_socket_connect(own[1], 0, NULL), 0);
        assert_int_equal(netlink_socket_connect(own[2], 0, NULL), 0);
        assert_int_equal(bind(other, (struct sockaddr *)&any, sizeof(any)), 0);
        assert_int_equal(inside_sockets_read(inside, NULL, 0), 0);
        assert_int_equal(inside->n_sockets, 1);
        assert_int_equal(inside->n_counts, 1);
        assert_int_equal(inside->counts[0].family, AF_NETLINK);
        assert_string_equal(inside->counts[0].protocol, "sock_diag");
        assert_int_equal(inside->counts[0].n, 1);
        for (size_t i = 0; i < ARRAY_SIZE(own); i++) {
                assert_true(own_socket_has(test_inode(own[i])));
                (void)close(own[i]);
        }
        assert_false(own_socket_has(test_inode(other)));
        (void)close(other);
        test_netns_leave(home);
        (void)inside_free(inside);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(sockets_that_look_are_not_counted),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
