/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "nsorphanctl/explain-group.h"

#include <linux/netlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "test-netns.h"

#include "test-birth.h"

#define SOCKETS_MAX 64

/* A process with up to 64 sockets. */
struct room {
        struct inspection inspection;
        struct explain explain;
        struct process_facts process;
        struct held held[SOCKETS_MAX];
        struct holder holders[SOCKETS_MAX];
        struct socket_detail details[SOCKETS_MAX];
        char addresses[SOCKETS_MAX][32];
};

static void room_init(struct room *r)
{
        *r = (struct room){.process = {.pid = 7685, .comm = (char *)"ztunnel"}};
        r->inspection.held = r->held;
        r->explain = (struct explain){.inspection = &r->inspection};
}

static struct socket_detail *add_socket(struct room *r, int family, int protocol)
{
        size_t n = r->inspection.n_held++;
        struct holder *h = &r->holders[n];

        assert_true(n < SOCKETS_MAX);
        *h = HOLDER_OF(7685, 7685, (int)n + 7);
        h->kind = HOLDER_SOCKET;
        h->socket_inode = 100 + n;
        h->family = family;
        h->type = SOCK_STREAM;
        h->protocol = protocol;
        r->details[n] = (struct socket_detail){.has_queues = true};
        r->held[n] = (struct held){.holder = h, .process = &r->process, .detail = &r->details[n]};
        return &r->details[n];
}

static void add_tcp(struct room *r, const char *state, const char *remote, unsigned port)
{
        struct socket_detail *d = add_socket(r, AF_INET, 6);
        char *address = r->addresses[d - r->details];

        d->state = state;
        d->local = (char *)"127.0.0.1:15008";
        if (remote) {
                (void)snprintf(address, 32, "%s:%u", remote, port);
                d->remote = address;
        }
}

static void assert_text(const struct room *r, const char *expected)
{
        const struct inspection *i = &r->inspection;
        char *text = NULL;
        size_t size;
        FILE *f = open_memstream(&text, &size);

        assert_non_null(f);
        for (size_t k = 0; k < i->n_held; k++)
                if (explain_group_is_first(i, k))
                        explain_group_print(f, &r->explain, k);
        assert_int_equal(fclose(f), 0);
        assert_string_equal(text, expected);
        free(text);
}

static void test_one_socket(void **state)
{
        struct room r;

        room_init(&r);
        add_socket(&r, AF_NETLINK, NETLINK_ROUTE)->port_id = 7685;
        r.held[0].origin = (struct origin){.kind = ORIGIN_OPENED, .opener = 7685};
        assert_text(&r, "    Through fd 7, a netlink/route socket, inode 100.\n"
                        "      It is open, netlink port id 7685.\n"
                        "      The process opened it itself: the port id is its pid.\n");
        room_init(&r);
        add_tcp(&r, "established", "10.0.0.1", 80);
        r.details[0].receive_queue = 1;
        r.details[0].send_queue = 2;
        r.held[0].origin = (struct origin){.has_cloexec = true};
        assert_text(&r, "    Through fd 7, an inet/tcp socket, inode 100.\n"
                        "      It is connected, local address 127.0.0.1:15008, remote address "
                        "10.0.0.1:80, 1 byte to read, 2 bytes to send.\n"
                        "      It is not marked close-on-exec: programs started from here inherit "
                        "it.\n");
        room_init(&r);
        add_tcp(&r, "fin_wait_2", "10.0.0.1", 80);
        assert_text(&r, "    Through fd 7, an inet/tcp socket, inode 100.\n"
                        "      It is in state fin_wait_2, local address 127.0.0.1:15008, remote "
                        "address 10.0.0.1:80.\n");
}

/* Sockets that were opened at one place are alike, whenever that was; what the socket itself says
 * of it is not said again. */
static void test_births(void **state)
{
        struct process process = {.pid = 7685, .start_ticks = 500};
        struct room r;

        room_init(&r);
        assert_int_equal(setenv("TZ", "UTC", 1), 0);
        for (size_t i = 0; i < 4; i++) {
                add_socket(&r, AF_PACKET, -1);
                r.holders[i].process = &process;
                r.held[i].origin = (struct origin){.kind = ORIGIN_OPENED};
                struct birth *b = r.holders[i].birth = test_birth();
                b->pid = 7685;
                b->opened_usec += i * 3600 * USEC_PER_SEC;
                b->frames[4].offset += i == 2;
        }
        birth_unref(r.holders[3].birth);
        r.holders[3].birth = NULL;
        r.held[3].origin.kind = ORIGIN_UNKNOWN;
        r.explain.now_usec = r.holders[2].birth->opened_usec;
        for (size_t i = 0; i < 3; i++)
                for (size_t k = 0; k < 6; k++)
                        if (k != 4) {
                                free(r.holders[i].birth->frames[k].function);
                                r.holders[i].birth->frames[k].function = strdup("f");
                        }
#define FRAME(function, offset) "        at " function " (dockerd+" offset ")\n"
#define FRAMES(creator)                                                                            \
        FRAME("f", "0x1234")                                                                       \
        FRAME("f", "0x2234")                                                                       \
        FRAME("f", "0x3234")                                                                       \
        FRAME("f", "0x4234")                                                                       \
        FRAME("main.creator", creator)                                                             \
        FRAME("f", "0x6234")
        assert_text(
                &r,
                "    Through fds 7 and 8, 2 packet/stream sockets.\n"
                "      The process opened them itself, when its name was dockerd, in thread 'creator', the first on "
                "2023-11-11 22:13:20 UTC (2h ago), the last on 2023-11-11 23:13:20 UTC (1h "
                "ago).\n"
                "      From, the innermost function first:\n" FRAMES(
                        "0x5234") "    Through fd 9, a packet/stream socket, inode 102.\n"
                                  "      The process opened it itself, when its name was dockerd, in thread 'creator', on 2023-11-12 "
                                  "00:13:20 UTC (now).\n"
                                  "      From, the innermost function first:\n" FRAMES(
                                          "0x5235") "    Through fd 10, a packet/stream socket, inode 103.\n");
        /* The same socket in another process: the stack is told once. */
        struct process_facts other = {.pid = 7686, .comm = (char *)"worker"};
        birth_unref(r.holders[2].birth);
        r.holders[2] = r.holders[0];
        r.holders[2].pid = r.holders[2].tid = 7686;
        r.held[2].process = &other;
        r.inspection.n_held = 3;
        assert_text(
                &r,
                "    Through fds 7 and 8, 2 packet/stream sockets.\n"
                "      The process opened them itself, when its name was dockerd, in thread 'creator', the first on "
                "2023-11-11 22:13:20 UTC (2h ago), the last on 2023-11-11 23:13:20 UTC (1h "
                "ago).\n"
                "      From, the innermost function first:\n" FRAMES(
                        "0x5234") "    Through fd 7, a packet/stream socket, inode 100.\n"
                                  "      Opened by dockerd (pid 7685, docker.service), uid 0, thread 'creator', "
                                  "on 2023-11-11 22:13:20 UTC (2h ago), and held by worker (pid 7686): it was "
                                  "inherited or passed on.\n"
                                  "      From the same place as above.\n");
        birth_unref(r.holders[0].birth);
        birth_unref(r.holders[1].birth);
}

static void test_a_socket_under_two_fds(void **state)
{
        struct room r;

        room_init(&r);
        add_socket(&r, AF_PACKET, -1);
        add_socket(&r, AF_PACKET, -1);
        assert_text(&r, "    Through fds 7 and 8, 2 packet/stream sockets.\n");
        r.holders[1].socket_inode = r.holders[0].socket_inode;
        r.details[0].receive_queue = r.details[1].receive_queue = 5;
        assert_text(&r, "    Through fds 7 and 8, 1 packet/stream socket.\n"
                        "      It is open, 5 bytes to read.\n");
}

static void test_listening(void **state)
{
        struct room r;

        room_init(&r);
        add_tcp(&r, "listen", NULL, 0);
        r.details[0].send_queue = 128;
        assert_text(&r, "    Through fd 7, an inet/tcp socket, inode 100.\n"
                        "      It is listening on 127.0.0.1:15008, backlog at most 128.\n");
        r.details[0].receive_queue = 1;
        assert_text(&r, "    Through fd 7, an inet/tcp socket, inode 100.\n"
                        "      It is listening on 127.0.0.1:15008, backlog at most 128, 1 "
                        "connection to accept.\n");
}

static void test_many_clients_are_one_paragraph(void **state)
{
        struct room r;

        room_init(&r);
        for (unsigned i = 0; i < SOCKETS_MAX; i++) {
                add_tcp(&r, "close_wait", "127.0.0.1", 51450 + i);
                r.details[i].receive_queue = i == 9 ? 4 : i % 2;
        }
        assert_text(&r, "    Through fds 7, 8, 9 and 61 more, 64 inet/tcp sockets.\n"
                        "      They are closed by the other end, but not by this process "
                        "(close_wait), local address 127.0.0.1:15008, remote address 127.0.0.1 "
                        "with 64 ports, 3 bytes to read.\n");
}

/* Of several hosts, some are listed; what is in another state has its own paragraph. */
static void test_what_is_not_alike(void **state)
{
        struct room r;

        room_init(&r);
        add_tcp(&r, "established", "10.0.0.1", 80);
        add_tcp(&r, "close_wait", "10.0.0.9", 80);
        for (unsigned i = 2; i < 7; i++)
                add_tcp(&r, "established", i == 6 ? "10.0.0.2" : "10.0.0.1", 78 + i);
        assert_text(&r, "    Through fds 7, 9, 10 and 3 more, 6 inet/tcp sockets.\n"
                        "      They are connected, local address 127.0.0.1:15008, remote addresses "
                        "10.0.0.1:80, 10.0.0.1:81, 10.0.0.1:82 and 2 more.\n"
                        "    Through fd 8, an inet/tcp socket, inode 101.\n"
                        "      It is closed by the other end, but not by this process "
                        "(close_wait), local address 127.0.0.1:15008, remote address "
                        "10.0.0.9:80.\n");
}

static void assert_origin(struct room *r, const struct origin *o, const char *expected)
{
        char text[256];

        r->held[0].origin = *o;
        (void)snprintf(text, sizeof(text), "    Through fd 7, a unix/stream socket, inode 100.\n%s",
                       expected);
        assert_text(r, text);
}

static void test_origins(void **state)
{
        struct origin o = {.kind = ORIGIN_INHERITED, .opener = 9};
        struct room r;

        room_init(&r);
        r.process.parent = 9;
        r.process.parent_comm = (char *)"bash";
        (void)add_socket(&r, AF_UNIX, 0);
        r.held[0].detail = NULL;
        assert_origin(&r, &o, "      Inherited: its parent bash (pid 9) opened it.\n");
        o.opener = 0;
        o.parent_has_it = true;
        assert_origin(&r, &o,
                      "      Inherited: its parent bash (pid 9) has the same socket open.\n");
        o.opener = 7;
        (void)strcpy(o.opener_comm, "kata-agent");
        assert_origin(&r, &o, "      Inherited: kata-agent (pid 7) opened it.\n");
        o = (struct origin){.kind = ORIGIN_INHERITED, .opener = 7};
        assert_origin(&r, &o, "      Inherited: opened by process 7, which has ended.\n");
        o = (struct origin){.kind = ORIGIN_OPENED};
        assert_origin(&r, &o,
                      "      The process opened it itself: the other end was accepted from it.\n");
}

static void test_other_files(void **state)
{
        struct room r;

        room_init(&r);
        for (unsigned i = 0; i < 4; i++) {
                (void)add_socket(&r, -1, -1);
                r.holders[i].kind = HOLDER_NSFS_FD;
                r.holders[i].socket_inode = 0;
                r.held[i].detail = NULL;
        }
        assert_text(&r, "    Through fd 7, which leads to the namespace; and 3 more like it.\n");
}

static void test_unix_peers(void **state)
{
        struct socket_owner peers[] = {
                {.socket_inode = 900, .pid = 12, .fd = 3, .comm = (char *)"one"},
                {.socket_inode = 901, .pid = 12, .fd = 4, .comm = (char *)"one"},
        };
        struct room r;

        room_init(&r);
        for (unsigned i = 0; i < 2; i++) {
                struct socket_detail *d = add_socket(&r, AF_UNIX, 0);
                d->state = "established";
                d->peer_inode = 900 + i;
        }
        r.inspection.peers = peers;
        r.inspection.n_peers = 2;
        assert_text(&r, "    Through fds 7 and 8, 2 unix/stream sockets.\n"
                        "      They are connected; their other ends are open, held by one (pid "
                        "12).\n");
        r.inspection.n_held = 1;
        assert_text(&r, "    Through fd 7, a unix/stream socket, inode 100.\n"
                        "      It is connected; its other end is socket inode 900, held by one "
                        "(pid 12, fd 3).\n");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_one_socket),
                cmocka_unit_test(test_births),
                cmocka_unit_test(test_a_socket_under_two_fds),
                cmocka_unit_test(test_listening),
                cmocka_unit_test(test_many_clients_are_one_paragraph),
                cmocka_unit_test(test_what_is_not_alike),
                cmocka_unit_test(test_origins),
                cmocka_unit_test(test_other_files),
                cmocka_unit_test(test_unix_peers),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
