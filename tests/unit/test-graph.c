/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "nsorphanctl/graph-inspection.h"

#include <arpa/inet.h>
#include <linux/netlink.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "nsorphanctl/graph-svg.h"
#include "recorded.h"

#define HELD_MAX  64
#define LINKS_MAX 12

struct room {
        struct process_facts processes[HELD_MAX];
        struct holder holders[HELD_MAX];
        struct held held[HELD_MAX];
        struct rt_address addresses[LINKS_MAX][6];
        struct rt_address host; /* of the other end, or its bridge */
        struct rt_link links[LINKS_MAX];
        struct rt_network network;
        struct peer peer;
        struct inside inside;
        struct netns netns;
        struct inspection inspection;
};

static struct rt_address address_of(const char *text, unsigned prefix)
{
        struct rt_address a = {.family = strchr(text, ':') ? AF_INET6 : AF_INET,
                               .prefix_length = prefix};

        assert_int_equal(inet_pton(a.family, text, a.bytes), 1);
        return a;
}

/* What docs/explain.md tells of: a container's namespace, held through one socket by two. */
static void room_init(struct room *r)
{
        *r = (struct room){
                .processes = {{.pid = 5096, .comm = (char *)"vpn-helperd"},
                              {.pid = 5536, .comm = (char *)"sleep"}},
                .links = {{.index = 1, .name = (char *)"lo", .loopback = true},
                          {.index = 2,
                           .name = (char *)"eth0",
                           .kind = (char *)"veth",
                           .has_link_netnsid = true}},
                .peer = {.link = 2,
                         .found = true,
                         .here = true,
                         .name = (char *)"vetha71c3e",
                         .master = (char *)"docker0",
                         .master_kind = (char *)"bridge",
                         .addresses = &r->host,
                         .n_addresses = 1},
                .netns = {.id = {.inode = 4026532249, .cookie = 151274},
                          .verdict = VERDICT_ORPHANED,
                          .count = {[HOLDER_SOCKET] = 2}},
        };
        for (size_t i = 0; i < HELD_MAX; i++) {
                r->holders[i] = HOLDER_OF(5096, 5096, 4);
                r->holders[i].kind = HOLDER_SOCKET;
                r->holders[i].socket_inode = 6459063;
                r->holders[i].family = AF_NETLINK;
                r->holders[i].protocol = NETLINK_ROUTE;
                r->held[i] = (struct held){.holder = &r->holders[i], .process = &r->processes[0]};
        }
        r->held[1].process = &r->processes[1];
        r->host = address_of("172.17.0.1", 16);
        r->addresses[0][0] = address_of("127.0.0.1", 8);
        r->addresses[1][0] = address_of("172.17.0.2", 16);
        r->addresses[1][1] = address_of("fe80::42:acff:fe11:2", 64);
        for (size_t i = 0; i < LINKS_MAX; i++)
                r->links[i].addresses = r->addresses[i];
        r->links[0].n_addresses = 1;
        r->links[1].n_addresses = 2;
        r->network.links = r->links;
        r->network.n_links = 2;
        r->inside = (struct inside){.network = &r->network, .peers = &r->peer, .n_peers = 1};
        r->inspection = (struct inspection){
                .netns = &r->netns, .inside = &r->inside, .held = r->held, .n_held = 2};
}

/* More of everything than one wants to see, and names that mean something to a picture. */
static void room_init_crowd(struct room *r)
{
        static const char *const evil = "]]></text><script>&quot;\\x1b[31m\\\"'`|#\xef\xbf\xbe";

        room_init(r);
        r->netns.verdict = VERDICT_PINNED;
        r->netns.count[HOLDER_SOCKET] = 3000;
        for (size_t i = 0; i < HELD_MAX; i++) {
                r->processes[i] = (struct process_facts){
                        .pid = (pid_t)(7000 + i / 4),
                        .comm = (char *)evil,
                        .unit = (char *)(i < 4 ? "a-unit-with-a-name-that-is-so-long-that-nobody-"
                                                 "reads-to-its-end-\xe2\x82\xac.service"
                                               : "docker.service"),
                };
                r->holders[i].socket_inode = 8000 + i / 2;
                r->holders[i].fd = (int)i;
                r->held[i].process = &r->processes[i];
        }
        r->processes[8].in_container = true;
        r->processes[8].container =
                (struct container){.manager = "podman",
                                   .name = (char *)"3548483c105b3548483c105b3548483c105b3548483c105"
                                                   "b3548483c105b0000"};
        r->holders[1] = (struct holder){.kind = HOLDER_NSFS_MOUNT,
                                        .fd = -1,
                                        .family = -1,
                                        .path = (char *)"/run/netns/\xe7\xb6\xb2\xe8\xb7\xaf"};
        r->held[1].process = NULL;
        r->holders[2] = (struct holder){.kind = HOLDER_TASK, .pid = 7000, .fd = -1, .family = -1};
        r->inspection.n_held = HELD_MAX;
        for (size_t i = 1; i < LINKS_MAX; i++) {
                r->links[i].index = (int)(i + 1);
                r->links[i].name = (char *)(i == 1 ? "eth0" : i % 2 ? "macvlan<\"&" : "e\\x20");
                r->links[i].n_addresses = i % 3 == 0 ? 0 : 6;
                for (size_t k = 0; k < 6; k++)
                        r->addresses[i][k] = address_of(k % 2 ? "fd00::77" : "10.0.0.7", 24);
        }
        r->links[1].kind = (char *)"macvlan";
        r->peer.here = false;
        r->peer.netns = (struct netns_identity){.inode = 4026532001, .cookie = 77};
        r->peer.master = NULL;
        r->network.n_links = LINKS_MAX;
}

static char *print(const struct graph *g, const char *format)
{
        char *text = NULL;
        size_t size;
        FILE *f = open_memstream(&text, &size);

        assert_non_null(f);
        if (strcmp(format, "svg") == 0)
                assert_int_equal(graph_svg_print(f, g), 0);
        else if (strcmp(format, "dot") == 0)
                graph_print_dot(f, g);
        else
                graph_print_mermaid(f, g);
        assert_int_equal(fclose(f), 0);
        return text;
}

static void assert_drawn(const struct graph *g, const char *format, const char *path)
{
        _cleanup_free_ char *text = print(g, format), *again = print(g, format);

        assert_string_equal(text, again);
        assert_recorded(text, path);
}

static void test_the_chain_of_the_documentation(void **state)
{
        _cleanup_(graph_deinit) struct graph g = {};
        struct room r;

        room_init(&r);
        assert_int_equal(graph_inspection_add(&g, &r.inspection), 0);
        assert_drawn(&g, "svg", "docs/graph.svg");
        assert_drawn(&g, "dot", "tests/unit/graph/chain.dot");
        assert_drawn(&g, "mermaid", "tests/unit/graph/chain.mermaid");
}

static void test_a_crowd(void **state)
{
        _cleanup_(graph_deinit) struct graph g = {};
        struct room r;

        room_init_crowd(&r);
        assert_int_equal(graph_inspection_add(&g, &r.inspection), 0);
        assert_int_equal(graph_inspection_add_more(&g, 484), 0);
        assert_true(g.n_nodes < 60);
        assert_drawn(&g, "svg", "tests/unit/graph/crowd.svg");
        assert_drawn(&g, "dot", "tests/unit/graph/crowd.dot");
        assert_drawn(&g, "mermaid", "tests/unit/graph/crowd.mermaid");
}

static void test_nothing_is_left_out_where_all_is_wanted(void **state)
{
        _cleanup_(graph_deinit) struct graph cut = {}, whole = {.whole = true};
        struct room r;

        room_init_crowd(&r);
        assert_int_equal(graph_inspection_add(&cut, &r.inspection), 0);
        assert_int_equal(graph_inspection_add(&whole, &r.inspection), 0);
        assert_true(whole.n_nodes > cut.n_nodes);
        _cleanup_free_ char *text = print(&whole, "dot");
        assert_null(strstr(text, "…"));
        /* What the census does not list cannot be drawn. */
        assert_non_null(strstr(text, "and 2936 more holders"));
        assert_null(strstr(text, "more interface"));
}

/* A veth between two orphans is one edge, whichever was looked into first. */
static void test_two_orphans_that_are_tied(void **state)
{
        struct netns_identity ids[] = {{.inode = 4026532249, .cookie = 151274},
                                       {.inode = 4026532250, .cookie = 151275}};

        for (size_t first = 0; first < 2; first++) {
                _cleanup_(graph_deinit) struct graph g = {};
                size_t ties = 0, interfaces = 0;

                for (size_t i = 0; i < 2; i++) {
                        struct room r;

                        room_init(&r);
                        r.netns.id = ids[(first + i) % 2];
                        r.peer.here = false;
                        r.peer.netns = ids[(first + i + 1) % 2];
                        r.peer.name = (char *)"eth0";
                        r.peer.master = NULL;
                        assert_int_equal(graph_inspection_add(&g, &r.inspection), 0);
                }
                for (size_t i = 0; i < g.n_edges; i++)
                        ties += strncmp(g.edges[i].from, "link_", 5) == 0 &&
                                strncmp(g.edges[i].to, "link_", 5) == 0;
                for (size_t i = 0; i < g.n_nodes; i++)
                        interfaces += g.nodes[i].kind == GRAPH_LINK;
                assert_int_equal(ties, 1);
                assert_int_equal(interfaces, 2);
                _cleanup_free_ char *text = print(&g, "svg");
                assert_non_null(strstr(text, "eth0 (veth)"));
        }
}

static void test_nothing(void **state)
{
        _cleanup_(graph_deinit) struct graph g = {};

        assert_drawn(&g, "svg", "tests/unit/graph/nothing.svg");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_the_chain_of_the_documentation),
                cmocka_unit_test(test_a_crowd),
                cmocka_unit_test(test_nothing_is_left_out_where_all_is_wanted),
                cmocka_unit_test(test_two_orphans_that_are_tied),
                cmocka_unit_test(test_nothing),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
