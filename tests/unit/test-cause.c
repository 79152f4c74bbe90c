/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "inspect/cause.h"

#include <linux/netlink.h>
#include <string.h>
#include <sys/socket.h>

#include "test-netns.h"

static void assert_cause(const struct cause_evidence *e, const char *name)
{
        const struct cause *cause = cause_find(e);

        if (!name)
                assert_null(cause);
        else {
                assert_non_null(cause);
                assert_string_equal(cause->name, name);
        }
}

static const struct origin unknown;
static struct process_facts plain = {.pid = 10, .parent = 9, .threads = 4};

/* Each pattern by its evidence, and not without any single piece of it. */
static void test_by_kind(void **state)
{
        struct holder h = {.kind = HOLDER_SOCKET, .family = AF_INET};
        struct cause_evidence e = {.holder = &h, .process = &plain, .origin = &unknown};

        assert_cause(&e, NULL);
        h.kind = HOLDER_SOCKET_IN_FLIGHT;
        assert_cause(&e, "sockets_in_flight");
        h.kind = HOLDER_IO_URING_FILE;
        assert_cause(&e, "io_uring_registered_file");
        h.kind = HOLDER_TUN;
        assert_cause(&e, "tun_left_open");
        h.kind = HOLDER_SOCKET_MAPPING;
        assert_cause(&e, NULL);
        h.family = -1;
        assert_cause(&e, "mapped_packet_ring");
        h.family = AF_PACKET;
        assert_cause(&e, "mapped_packet_ring");
        e.open = true;
        assert_cause(&e, NULL);
}

static void test_closed_by_the_other_end(void **state)
{
        struct holder h = {.kind = HOLDER_SOCKET, .family = AF_UNIX};
        struct origin o = {.kind = ORIGIN_ACCEPTED};
        struct socket_detail d = {.state = "established"};
        struct cause_evidence e = {.holder = &h, .process = &plain, .origin = &o, .detail = &d};

        assert_cause(&e, NULL);
        o.peer_closed = true;
        assert_cause(&e, "accepted_and_never_closed");
        /* The client may have given its end to a process that goes on. */
        o = (struct origin){.kind = ORIGIN_ACCEPTED, .client_gone = true};
        assert_cause(&e, NULL);
        o = (struct origin){.peer_closed = true};
        assert_cause(&e, NULL);

        h.family = AF_INET;
        o = unknown;
        assert_cause(&e, NULL);
        d.state = "close_wait";
        assert_cause(&e, "connection_left_in_close_wait");
        d.state = "fin_wait_2";
        assert_cause(&e, NULL);
}

static void test_inherited(void **state)
{
        struct holder h = {.kind = HOLDER_SOCKET, .family = AF_NETLINK};
        char a[] = "/a", b[] = "/b";
        struct process_facts executed = {.parent = 9, .executable = a, .parent_executable = b};
        struct process_facts forked = {.parent = 9, .executable = a, .parent_executable = a};
        struct origin o = {.kind = ORIGIN_INHERITED, .opener = 9, .has_cloexec = true};
        struct cause_evidence e = {.holder = &h, .process = &executed, .origin = &o};

        assert_cause(&e, "inherited_without_close_on_exec");
        e.process = &forked;
        assert_cause(&e, "inherited_by_fork");
        e.process = &plain;
        assert_cause(&e, NULL);
        e.process = &executed;
        o.cloexec = true;
        assert_cause(&e, NULL);
        o = (struct origin){.kind = ORIGIN_PASSED, .opener = 9, .has_cloexec = true};
        assert_cause(&e, NULL);

        /* Not from its parent: what counts is what the opener runs. */
        o = (struct origin){.kind = ORIGIN_INHERITED, .opener = 7, .has_cloexec = true};
        assert_cause(&e, NULL);
        e.process = &forked;
        assert_cause(&e, NULL);
        o.opener_gone = true;
        assert_cause(&e, "inherited_from_an_ended_process");
        o.opener_gone = false;
        (void)strcpy(o.opener_comm, "kata-agent");
        assert_cause(&e, "inherited_without_close_on_exec");
        o.same_program = true;
        assert_cause(&e, "inherited_by_fork");
}

static void test_netlink_handles(void **state)
{
        struct holder h = {.kind = HOLDER_SOCKET, .family = AF_NETLINK};
        struct origin o = {.kind = ORIGIN_OPENED, .has_cloexec = true, .cloexec = true};
        struct socket_detail d = {.port_id = 10};
        struct cause_evidence e = {.holder = &h, .process = &plain, .origin = &o, .detail = &d};

        assert_cause(&e, "netlink_handle_kept");
        o.kind = ORIGIN_UNKNOWN;
        assert_cause(&e, NULL);
        /* A second one. */
        d.port_id = (uint32_t)-4096;
        assert_cause(&e, "netlink_handle_kept");
        o.cloexec = false;
        assert_cause(&e, NULL);
        o = (struct origin){.kind = ORIGIN_OPENED};
        h.protocol = NETLINK_AUDIT;
        assert_cause(&e, NULL);
}

static void test_go(void **state)
{
        struct holder h = {.kind = HOLDER_SOCKET, .family = AF_INET};
        struct process_facts go = {.threads = 4, .go = true};
        struct origin o = {.has_cloexec = true, .cloexec = true};
        struct cause_evidence e = {.holder = &h, .process = &go, .origin = &o};

        assert_cause(&e, "go_thread_in_wrong_namespace");
        e.serves = true;
        assert_cause(&e, NULL);
        e.serves = false;
        e.process = &plain;
        assert_cause(&e, NULL);
        e.process = &go;
        o.has_cloexec = o.cloexec = false;
        assert_cause(&e, NULL);
        o.has_cloexec = o.cloexec = true;
        go.threads = 1;
        assert_cause(&e, NULL);
}

static void test_cause_table(void **state)
{
        for (size_t i = 0; i < n_causes; i++) {
                const char *summary = causes[i].summary, *remedy = causes[i].remedy;
                assert_true(summary[strlen(summary) - 1] != '.');
                assert_true(remedy[strlen(remedy) - 1] != '.');
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_by_kind),   cmocka_unit_test(test_closed_by_the_other_end),
                cmocka_unit_test(test_inherited), cmocka_unit_test(test_netlink_handles),
                cmocka_unit_test(test_go),        cmocka_unit_test(test_cause_table),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
