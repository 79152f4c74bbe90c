/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "netlink/rt-network.h"

#include <endian.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>

#include "netlink/netns-thread.h"
#include "rt-samples.h"
#include "test-netns.h"

#define MESSAGE(bytes) ((const struct nlmsghdr *)(const void *)(bytes))

static void test_links(void **state)
{
        struct rt_link lo, eth0;

        assert_int_equal(rt_link_decode(MESSAGE(link_lo), &lo), 0);
        assert_string_equal(lo.name, "lo");
        assert_true(lo.loopback);
        assert_null(lo.kind);
        assert_int_equal(lo.mtu, 65536);
        assert_false(lo.has_link_netnsid);
        assert_int_equal(lo.link, 0);

        assert_int_equal(rt_link_decode(MESSAGE(link_eth0), &eth0), 0);
        assert_string_equal(eth0.name, "eth0");
        assert_string_equal(eth0.kind, "veth");
        assert_true(eth0.up);
        assert_int_equal(eth0.mtu, 1400);
        assert_int_equal(eth0.n_mac, 6);
        assert_memory_equal(eth0.mac, "\x02\0\0\0\0\x07", 6);
        assert_int_equal(eth0.link, 2);
        assert_true(eth0.has_link_netnsid);
        assert_int_equal(eth0.link_netnsid, 0);
        assert_int_equal(eth0.master, 2);
        free(lo.name);
        free(eth0.name);
        free(eth0.kind);
}

static void test_addresses(void **state)
{
        struct rt_address address;
        int index;

        assert_int_equal(rt_link_decode_address(MESSAGE(address_inet), &index, &address), 0);
        assert_int_equal(index, 2);
        assert_int_equal(address.family, AF_INET);
        assert_int_equal(address.prefix_length, 24);
        /* Ours, not that of the far end. */
        assert_memory_equal(address.bytes, "\x0a\x63\x07\x02", 4);

        assert_int_equal(rt_link_decode_address(MESSAGE(address_inet6), &index, &address), 0);
        assert_int_equal(address.family, AF_INET6);
        assert_int_equal(address.prefix_length, 64);
        assert_memory_equal(address.bytes, "\xfd\0\0\x99\0\0\0\0\0\0\0\0\0\0\0\x07", 16);
}

struct routes {
        struct rt_route routes[5];
        size_t n;
};

static int add(const struct rt_route *route, void *userdata)
{
        struct routes *r = userdata;
        assert_true(r->n < ARRAY_SIZE(r->routes));
        r->routes[r->n++] = *route;
        return 0;
}

static void test_routes(void **state)
{
        struct routes r = {};

        assert_int_equal(rt_route_decode(MESSAGE(route_gateway), add, &r), 0);
        assert_int_equal(rt_route_decode(MESSAGE(route_hops), add, &r), 0);
        assert_int_equal(rt_route_decode(MESSAGE(route_inet6), add, &r), 0);
        assert_int_equal(rt_route_decode(MESSAGE(route_via), add, &r), 0);
        assert_int_equal(r.n, 5);
        for (size_t i = 0; i < r.n; i++) {
                assert_true(r.routes[i].has_gateway);
                assert_int_equal(r.routes[i].interface, 2);
        }
        assert_int_equal(r.routes[0].metric, 5);
        assert_memory_equal(r.routes[0].gateway, "\x0a\x63\x07\x01", 4);
        assert_int_equal(r.routes[1].metric, 7);
        assert_memory_equal(r.routes[1].gateway, "\x0a\x63\x07\x01", 4);
        assert_memory_equal(r.routes[2].gateway, "\x0a\x63\x07\x03", 4);
        assert_int_equal(r.routes[3].gateway_family, AF_INET6);
        assert_int_equal(r.routes[3].gateway[15], 1);
        /* An IPv4 route by an IPv6 neighbour. */
        assert_int_equal(r.routes[4].family, AF_INET);
        assert_int_equal(r.routes[4].gateway_family, AF_INET6);
        assert_int_equal(r.routes[4].gateway[15], 2);
}

/* Cut anywhere, a message is refused or decoded in part, and nothing leaks or is read past its end
 * (what sanitizers see). */
static void test_cut_messages(void **state)
{
        static const struct {
                const unsigned char *bytes;
                size_t n;
        } samples[] = {
                {link_eth0, sizeof(link_eth0)},         {address_inet, sizeof(address_inet)},
                {route_gateway, sizeof(route_gateway)}, {route_hops, sizeof(route_hops)},
                {route_inet6, sizeof(route_inet6)},     {route_via, sizeof(route_via)},
        };

        for (size_t i = 0; i < ARRAY_SIZE(samples); i++)
                for (size_t n = sizeof(struct nlmsghdr); n < samples[i].n; n++) {
                        /* libmnl rounds up: a message's last bytes are followed by padding. */
                        struct nlmsghdr *copy = calloc(1, NLMSG_ALIGN(n));
                        struct rt_link link = {};
                        struct rt_address address;
                        struct routes routes = {};
                        int index;

                        assert_non_null(copy);
                        memcpy(copy, samples[i].bytes, n);
                        copy->nlmsg_len = (uint32_t)n;
                        (void)rt_link_decode(copy, &link);
                        (void)rt_link_decode_address(copy, &index, &address);
                        (void)rt_route_decode(copy, add, &routes);
                        free(link.name);
                        free(link.kind);
                        free(copy);
                }
}

static int read_network(void *userdata)
{
        return rt_network_read(userdata);
}

static void test_new_namespace(void **state)
{
        _cleanup_(rt_network_freep) struct rt_network *network = NULL;
        int home = test_netns_enter_new();
        int netns = test_netns_here();
        test_netns_leave(home);

        assert_int_equal(netns_thread_run(netns, read_network, &network), 0);
        assert_true(network->n_links >= 1);
        assert_string_equal(network->links[0].name, "lo");
        assert_int_equal(network->links[0].n_addresses, 0);
        assert_int_equal(network->n_default_routes, 0);
        assert_ptr_equal(rt_network_find(network, 1), &network->links[0]);
        assert_null(rt_network_find(network, 4711));
        (void)close(netns);
}

static void test_one_link(void **state)
{
        _cleanup_(rt_link_freep) struct rt_link *by_name = NULL, *by_index = NULL, *none = NULL;

        assert_int_equal(rt_link_read("lo", 0, &by_name), 0);
        assert_int_equal(rt_link_read(NULL, by_name->index, &by_index), 0);
        assert_string_equal(by_index->name, "lo");
        assert_int_equal(rt_link_read("no-such-link", 0, &none), -ENODEV);
        assert_int_equal(rt_link_read("a-name-that-is-too-long", 0, &none), -ENODEV);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
#if __BYTE_ORDER == __LITTLE_ENDIAN
                cmocka_unit_test(test_links),
                cmocka_unit_test(test_addresses),
                cmocka_unit_test(test_routes),
                cmocka_unit_test(test_cut_messages),
#endif
                cmocka_unit_test(test_new_namespace),
                cmocka_unit_test(test_one_link),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
