/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "nsorphanctl/explain.h"

#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "nsorphanctl/fold.h"
#include "recorded.h"

#include "test-birth.h"

/* A proxy with two connections that it has not closed, and one in use; and a program that was
 * forked by it. */
struct room {
        struct process_facts processes[2];
        struct process_facts *list[2];
        struct holder holders[4];
        struct held held[4];
        struct socket_detail details[4];
        struct rt_address address;
        struct rt_link link;
        struct rt_network network;
        struct socket_count count;
        struct inside inside;
        struct netns netns;
        struct census census;
        struct inspection inspection;
        struct explain explain;
};

static const struct cause *cause_named(const char *name)
{
        for (size_t i = 0; i < n_causes; i++)
                if (strcmp(causes[i].name, name) == 0)
                        return &causes[i];
        return NULL;
}

static void room_init(struct room *r)
{
        *r = (struct room){
                .processes = {{.pid = 700,
                               .comm = (char *)"ztunnel",
                               .user = (char *)"root",
                               .executable = (char *)"/usr/bin/ztunnel",
                               .parent = 1,
                               .parent_comm = (char *)"systemd",
                               .start_usec = UINT64_C(1764000000000000),
                               .unit = (char *)"ztunnel.service"},
                              {.pid = 701,
                               .comm = (char *)"worker",
                               .parent = 700,
                               .parent_comm = (char *)"ztunnel",
                               .unit = (char *)"ztunnel.service"}},
                .link = {.index = 1,
                         .name = (char *)"lo",
                         .state = "unknown",
                         .up = true,
                         .loopback = true,
                         .mtu = 65536,
                         .n_addresses = 1},
                .address = {.family = AF_INET, .bytes = {127, 0, 0, 1}, .prefix_length = 8},
                .count = {.family = AF_INET, .protocol = "tcp", .state = "close_wait", .n = 4},
                .netns = {.id = {.inode = 4026532249, .cookie = 41},
                          .verdict = VERDICT_ORPHANED,
                          .references = {.known = true, .counted = 4, .explained = 4}},
        };
        r->link.addresses = &r->address;
        r->network.links = &r->link;
        r->network.n_links = 1;
        r->inside = (struct inside){
                .network = &r->network, .n_sockets = 4, .counts = &r->count, .n_counts = 1};
        for (size_t i = 0; i < 4; i++) {
                bool in_use = i == 1;

                r->holders[i] = HOLDER_OF(i == 3 ? 701 : 700, i == 3 ? 701 : 700, (int)i + 7);
                r->holders[i].kind = HOLDER_SOCKET;
                r->holders[i].socket_inode = 100 + i;
                r->holders[i].family = AF_INET;
                r->holders[i].protocol = 6;
                r->details[i] = (struct socket_detail){
                        .state = in_use ? "established" : "close_wait",
                        .has_queues = true,
                        .receive_queue = 1,
                        .local = (char *)"127.0.0.1:15008",
                        .remote = (char *)(i == 2 ? "127.0.0.1:51452" : "127.0.0.1:51450")};
                r->held[i] = (struct held){
                        .holder = &r->holders[i],
                        .process = &r->processes[i == 3],
                        .detail = &r->details[i],
                        .cause = in_use ? NULL : cause_named("connection_left_in_close_wait")};
        }
        r->netns.count[HOLDER_SOCKET] = 4;
        r->list[0] = &r->processes[0];
        r->list[1] = &r->processes[1];
        r->inspection = (struct inspection){.netns = &r->netns,
                                            .inside = &r->inside,
                                            .held = r->held,
                                            .n_held = 4,
                                            .processes = r->list,
                                            .n_processes = 2};
        r->explain = (struct explain){.census = &r->census,
                                      .inspection = &r->inspection,
                                      .now_usec = UINT64_C(1764007500000000),
                                      .utf8 = true,
                                      .can_release = true};
}

/* Every line of @text as a terminal of @columns gets it. New string. */
static char *fold(const char *text, size_t columns)
{
        char *folded = NULL;
        size_t size;
        FILE *f = open_memstream(&folded, &size);

        assert_non_null(f);
        for (size_t n; *text; text += n + (text[n] == '\n')) {
                n = strcspn(text, "\n");
                fold_line(f, text, n, columns);
                fputc('\n', f);
        }
        assert_int_equal(fclose(f), 0);
        return folded;
}

static void assert_folded(struct room *r, size_t columns, const char *path)
{
        char *text = NULL;
        size_t size;
        FILE *f = open_memstream(&text, &size);

        assert_non_null(f);
        r->explain.folded = true;
        explain_print(f, &r->explain);
        assert_int_equal(fclose(f), 0);
        _cleanup_free_ char *folded = fold(text, columns);
        assert_recorded(folded, path);
        assert_null(strchr(folded, FOLD_KEEP[0]));
        free(text);
}

/* Who opened the first two is known. */
static void explain_born(struct room *r)
{
        struct process process = {.pid = 700, .start_ticks = 500};

        for (size_t i = 0; i < 2; i++) {
                r->holders[i].process = &process;
                r->holders[i].birth = test_birth();
                r->holders[i].birth->opened_usec = UINT64_C(1763917500000000);
        }
        /* As long as names of generic functions are. */
        test_frame(
                r->holders[1].birth,
                "k8s.io/client-go/tools/cache.(*sharedIndexInformer).Run.(*Group).StartWithContext."
                "func4[go.shape.struct { k8s.io/apimachinery/pkg/types.UID }]",
                "/usr/bin/dockerd", 0x7234, "");
        test_frame(r->holders[1].birth, NULL, "/usr/lib/x86_64-linux-gnu/libcontainer.so.1", 0x8234,
                   "00112233445566778899aabbccddeeff00112233");
        r->holders[1].birth->pid = 700;
        r->held[0].opener = HELD_OPENER_GONE;
        r->census.trace = (struct census_trace){BIRTH_TRACE_YES, UINT64_C(1763917000000000), 3};
        assert_folded(r, 80, "tests/unit/explain/born-80.txt");
        assert_folded(r, 120, "tests/unit/explain/born-120.txt");
        for (size_t i = 0; i < 2; i++) {
                r->holders[i].process = NULL;
                r->holders[i].birth = birth_unref(r->holders[i].birth);
        }
        r->census.trace = (struct census_trace){};
        r->held[0].opener = HELD_OPENER_UNKNOWN;
}

static void test_on_a_terminal(void **state)
{
        struct room r;

        if (!setlocale(LC_CTYPE, "C.UTF-8"))
                skip();
        room_init(&r);
        /* The longest command there is: it stays one line. */
        r.processes[1].in_container = true;
        r.processes[1].container = (struct container){
                .manager = "docker",
                .name = (char *)"3548483c105b3548483c105b3548483c105b3548483c105b3548483c105b0000"};
        r.list[1]->unit = NULL;
        assert_folded(&r, 80, "tests/unit/explain/orphan-80.txt");
        assert_folded(&r, 120, "tests/unit/explain/orphan-120.txt");
        explain_born(&r);
        r.netns.verdict = VERDICT_PINNED;
        r.netns.unnamed = true;
        r.netns.count[HOLDER_NSFS_FD] = 4;
        r.netns.count[HOLDER_SOCKET] = 0;
        for (size_t i = 0; i < 4; i++) {
                r.holders[i].kind = HOLDER_NSFS_FD;
                r.held[i].detail = NULL;
                r.held[i].cause = NULL;
        }
        r.netns.holders = r.holders;
        r.netns.n_holders = 4;
        r.inside.rules = RULES_NONE;
        assert_folded(&r, 80, "tests/unit/explain/unnamed-80.txt");
        assert_folded(&r, 120, "tests/unit/explain/unnamed-120.txt");
        r.inside.rules = RULES_XFRM;
        assert_folded(&r, 80, "tests/unit/explain/forwards-80.txt");
        assert_folded(&r, 120, "tests/unit/explain/forwards-120.txt");
}

/* What is not known may be there; what the kernel makes for lo is not. */
static void test_what_may_forward(void **state)
{
        struct rt_link links[] = {
                {.name = (char *)"lo", .loopback = true},
                {.name = (char *)"sit0"},
        };
        struct rt_network network = {.links = links, .n_links = 2};
        struct inside inside = {.network = &network};

        assert_string_equal(inside_may_forward(&inside), "may have rules, which cannot be read");
        inside.rules = RULES_NONE;
        assert_null(inside_may_forward(&inside));
        links[1].up = true;
        assert_string_equal(inside_may_forward(&inside), "has an interface");
        network.n_links = 1;
        inside.rules = RULES_NFT;
        assert_string_equal(inside_may_forward(&inside), "has nft tables");
        network.has_routes = true;
        assert_string_equal(inside_may_forward(&inside), "has a route");
}

static void test_the_whole(void **state)
{
        struct room r;
        char *text = NULL;
        size_t size;
        FILE *f = open_memstream(&text, &size);

        assert_non_null(f);
        assert_int_equal(setenv("TZ", "UTC", 1), 0);
        room_init(&r);
        explain_print(f, &r.explain);
        assert_int_equal(fclose(f), 0);
        assert_string_equal(
                text,
                "net:[4026532249] → inet/tcp socket, fd 7 and 3 more → ztunnel (pid 700, "
                "ztunnel.service) and 1 more\n"
                "\n"
                "net:[4026532249] (cookie 41) is an orphaned network namespace: no process is in it "
                "and no path leads to it, and it only goes on because of what is named below.\n"
                "The kernel counts 4 references on it; all of them are named below.\n"
                "\n"
                "Since when\n"
                "  Not known: the daemon does not run, or has not seen it orphaned.\n"
                "  Its oldest holder was started on 2025-11-24 16:00:00 UTC (2h 5min ago).\n"
                "\n"
                "Who holds it, and through what\n"
                "  ztunnel (pid 700), user root, running for 2h 5min, unit ztunnel.service.\n"
                "    Executable: /usr/bin/ztunnel\n"
                "    Parent: systemd (pid 1)\n"
                "    Through fds 7 and 9, 2 inet/tcp sockets.\n"
                "      They are closed by the other end, but not by this process (close_wait), local "
                "address 127.0.0.1:15008, remote addresses 127.0.0.1:51450, 127.0.0.1:51452.\n"
                "    Through fd 8, an inet/tcp socket, inode 101.\n"
                "      It is connected, local address 127.0.0.1:15008, remote address "
                "127.0.0.1:51450, 1 byte to read.\n"
                "  worker (pid 701), unit ztunnel.service.\n"
                "    Parent: ztunnel (pid 700)\n"
                "    Through fd 10, an inet/tcp socket, inode 103.\n"
                "      It is closed by the other end, but not by this process (close_wait), local "
                "address 127.0.0.1:15008, remote address 127.0.0.1:51450.\n"
                "\n"
                "What lives inside\n"
                "  lo, switched on, MTU 65536, address 127.0.0.1/8.\n"
                "  Sockets: 4 inet/tcp close_wait.\n"
                "\n"
                "What it costs\n"
                "  0 interfaces, 0 addresses others can reach, and 4 sockets.\n"
                "\n"
                "Likely cause\n"
                "  ztunnel, worker: connection_left_in_close_wait\n"
                "    The other end of the connection has closed it, and this end was never closed: "
                "it stays in CLOSE-WAIT for as long as its fd is open.\n"
                "    Close a connection when its other end is closed (a read returns 0), and give "
                "idle ones a time limit.\n"
                "\n"
                "What to do\n"
                "  No interface is up but for its loopback, so nothing of it answers on the "
                "network.\n"
                "  Have a process close files one by one, and run on; what it would do with them "
                "fails then:\n"
                "    nsorphanctl release --holder=700:7 cookie:41\n"
                "    nsorphanctl release --holder=700:8 cookie:41\n"
                "    nsorphanctl release --holder=700:9 cookie:41\n"
                "  Make its holders let go; the namespace and all that is in it end with the last of "
                "them:\n"
                "    ztunnel (pid 700), running for 2h 5min; all processes of this service are "
                "started anew:\n"
                "      systemctl restart 'ztunnel.service'\n"
                "  Look inside, which nobody notices:\n"
                "    nsorphanctl enter cookie:41 ip addr\n"
                "  Keep it for later under a name, also when its holders have let go:\n"
                "    nsorphanctl pin cookie:41 NAME\n");
        free(text);
}

/* What a task is in needs no cause and no advice. */
static void test_attached(void **state)
{
        struct room r;
        char *text = NULL;
        size_t size;
        FILE *f = open_memstream(&text, &size);

        assert_non_null(f);
        room_init(&r);
        r.netns.verdict = VERDICT_ATTACHED;
        explain_print(f, &r.explain);
        assert_int_equal(fclose(f), 0);
        assert_int_equal(strncmp(text, "net:[4026532249] (cookie 41) is not an orphan: ", 46), 0);
        assert_null(strstr(text, "Likely cause"));
        assert_null(strstr(text, "What to do"));
        assert_null(strstr(text, "→"));
        free(text);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_the_whole),
                cmocka_unit_test(test_on_a_terminal),
                cmocka_unit_test(test_what_may_forward),
                cmocka_unit_test(test_attached),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
