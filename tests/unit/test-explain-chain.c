/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "nsorphanctl/explain-chain.h"

#include <linux/netlink.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "test-netns.h"

/* lo and eth0, a veth with an address; a socket of a service. */
struct room {
        struct process_facts process;
        struct holder holders[2];
        struct held held[2];
        struct rt_address addresses[3];
        struct rt_link links[3];
        struct rt_network network;
        struct peer peer;
        struct inside inside;
        struct netns netns;
        struct inspection inspection;
        struct explain explain;
};

static void room_init(struct room *r)
{
        *r = (struct room){
                .process = {.pid = 5096,
                            .comm = (char *)"vpn-helperd",
                            .unit = (char *)"vpn.service"},
                .holders = {HOLDER_OF(5096, 5096, 4), HOLDER_OF(5096, 5096, 5)},
                .links = {{.index = 1, .name = (char *)"lo", .loopback = true},
                          {.index = 2,
                           .name = (char *)"eth0",
                           .kind = (char *)"veth",
                           .has_link_netnsid = true},
                          {.index = 3,
                           .name = (char *)"eth1",
                           .kind = (char *)"macvlan",
                           .has_link_netnsid = true}},
                .peer = {.link = 2,
                         .found = true,
                         .here = true,
                         .name = (char *)"vetha71c3e",
                         .master = (char *)"docker0"},
                .netns = {.id = {.inode = 4026532249, .cookie = 41}, .verdict = VERDICT_ORPHANED},
        };
        for (size_t i = 0; i < 2; i++) {
                r->holders[i].kind = HOLDER_SOCKET;
                r->holders[i].socket_inode = 8 + i;
                r->holders[i].family = AF_NETLINK;
                r->holders[i].protocol = NETLINK_ROUTE;
                r->held[i] = (struct held){.holder = &r->holders[i], .process = &r->process};
        }
        for (size_t i = 0; i < 3; i++) {
                r->addresses[i] = (struct rt_address){.family = AF_INET, .prefix_length = 16};
                memcpy(r->addresses[i].bytes, i == 0 ? "\x7f\0\0\1" : "\x0a\0\0\7", 4);
        }
        r->links[0].addresses = &r->addresses[0];
        r->links[1].addresses = &r->addresses[1];
        r->links[0].n_addresses = r->links[1].n_addresses = 1;
        r->network.links = r->links;
        r->network.n_links = 2;
        r->inside = (struct inside){.network = &r->network, .peers = &r->peer, .n_peers = 1};
        r->inspection = (struct inspection){.netns = &r->netns,
                                            .inside = &r->inside,
                                            .held = r->held,
                                            .n_held = 1,
                                            .n_processes = 1};
        r->explain = (struct explain){.inspection = &r->inspection};
}

static void assert_text(const struct room *r, const char *expected)
{
        char *text = NULL;
        size_t size;
        FILE *f = open_memstream(&text, &size);

        assert_non_null(f);
        explain_chain_print(f, &r->explain);
        assert_int_equal(fclose(f), 0);
        assert_string_equal(text, expected);
        free(text);
}

static void test_chain(void **state)
{
        struct room r;

        room_init(&r);
        assert_text(&r, "10.0.0.7 -> eth0 <-> vetha71c3e (docker0) -> net:[4026532249] -> "
                        "netlink/route socket, fd 4 -> vpn-helperd (pid 5096, vpn.service)\n\n");
        r.explain.utf8 = true;
        assert_text(&r, "10.0.0.7 → eth0 ⇄ vetha71c3e (docker0) → net:[4026532249] → netlink/route "
                        "socket, fd 4 → vpn-helperd (pid 5096, vpn.service)\n\n");
}

static void test_more_of_each(void **state)
{
        struct room r;

        room_init(&r);
        r.network.n_links = 3;
        r.links[1].n_addresses = 2;
        r.inspection.n_held = 2;
        r.inspection.n_processes = 2;
        assert_text(&r, "10.0.0.7 and 1 more -> eth0 <-> vetha71c3e (docker0) and 1 more -> "
                        "net:[4026532249] -> netlink/route socket, fd 4 and 1 more -> vpn-helperd "
                        "(pid 5096, vpn.service) and 1 more\n\n");
        /* One socket of two processes. */
        r.holders[1].socket_inode = r.holders[0].socket_inode;
        assert_text(&r, "10.0.0.7 and 1 more -> eth0 <-> vetha71c3e (docker0) and 1 more -> "
                        "net:[4026532249] -> netlink/route socket, fd 4 -> vpn-helperd (pid 5096, "
                        "vpn.service) and 1 more\n\n");
        /* Not all are listed. */
        r.netns.count[HOLDER_SOCKET] = 3000;
        assert_text(&r, "10.0.0.7 and 1 more -> eth0 <-> vetha71c3e (docker0) and 1 more -> "
                        "net:[4026532249] -> netlink/route socket, fd 4 and 2999 more -> "
                        "vpn-helperd (pid 5096, vpn.service) and 1 more\n\n");
}

static void test_less(void **state)
{
        struct room r;

        /* The device below a macvlan is no other end of it. */
        room_init(&r);
        r.links[1] = r.links[2];
        r.peer = (struct peer){.link = 3, .found = true, .name = (char *)"eno1"};
        assert_text(&r,
                    "eth1 -> net:[4026532249] -> netlink/route socket, fd 4 -> vpn-helperd (pid "
                    "5096, vpn.service)\n\n");
        r.network.n_links = 1;
        r.process.unit = NULL;
        assert_text(&r, "net:[4026532249] -> netlink/route socket, fd 4 -> vpn-helperd (pid "
                        "5096)\n\n");
        r.inspection.inside = NULL;
        r.holders[0].kind = HOLDER_TUN;
        r.held[0].process = NULL;
        assert_text(&r, "net:[4026532249] -> an open /dev/net/tun, fd 4\n\n");
        r.inspection.n_held = 0;
        assert_text(&r, "");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_chain),
                cmocka_unit_test(test_more_of_each),
                cmocka_unit_test(test_less),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
