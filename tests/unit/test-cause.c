/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "inspect/cause.h"

#include <linux/netlink.h>
#include <string.h>
#include <sys/socket.h>

#include "test-netns.h"

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

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_causes),
                cmocka_unit_test(test_cause_table),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
