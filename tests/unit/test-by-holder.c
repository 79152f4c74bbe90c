/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "nsorphanctl/by-holder.h"

#include <linux/netlink.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "test-netns.h"

static struct process probe = {.pid = 704, .comm = (char *)"system-probe"};
static struct process proxy = {
        .pid = 33, .comm = (char *)"docker-proxy", .unit = (char *)"docker.service"};

static struct holder holder(struct process *process, enum holder_kind kind)
{
        struct holder h = HOLDER_OF(process->pid, process->pid, 4);

        h.kind = kind;
        h.process = process;
        if (kind == HOLDER_SOCKET) {
                h.family = AF_NETLINK;
                h.type = SOCK_RAW;
                h.protocol = NETLINK_ROUTE;
        }
        return h;
}

/* Six namespaces of one process, one of which another has, too, twice; and one of nobody. */
static void test_groups(void **state)
{
        struct holder one = holder(&probe, HOLDER_SOCKET);
        struct holder several[] = {holder(&probe, HOLDER_TUN), holder(&proxy, HOLDER_SOCKET),
                                   holder(&proxy, HOLDER_SOCKET)};
        struct view_netns namespaces[7] = {};
        struct view_list list = {.namespaces = namespaces, .n = 7};
        _cleanup_(by_holder_deinit) struct by_holder b = {};
        char *text = NULL;
        size_t size;

        for (size_t i = 0; i < 5; i++)
                namespaces[i] =
                        (struct view_netns){.holders = &one, .n_holders = 1, .since_usec = 100 - i};
        namespaces[5] = (struct view_netns){.holders = several, .n_holders = 3};
        assert_int_equal(by_holder_group(&list, &b), 0);
        assert_int_equal(b.n, 3);
        assert_int_equal(b.entries[0].holder->pid, 704);
        assert_int_equal(b.entries[0].n_namespaces, 6);
        assert_int_equal(b.entries[0].since_usec, 96);
        assert_string_equal(b.entries[0].through, "socket netlink/route, tun");
        assert_int_equal(b.entries[1].holder->pid, 0);
        assert_int_equal(b.entries[1].n_namespaces, 1);
        assert_int_equal(b.entries[2].holder->pid, 33);
        assert_int_equal(b.entries[2].n_namespaces, 1);
        assert_int_equal(b.entries[2].since_usec, 0);
        assert_string_equal(b.entries[2].through, "socket netlink/route");

        FILE *f = open_memstream(&text, &size);
        assert_non_null(f);
        by_holder_print_many(f, &b);
        assert_int_equal(fclose(f), 0);
        assert_string_equal(text, "system-probe (pid 704) holds 6 of them.\n");
        free(text);

        json_auto_t *json = by_holder_json(&b);
        _cleanup_free_ char *dumped = json_dumps(json_array_get(json, 0), JSON_COMPACT);
        assert_string_equal(dumped, "{\"pid\":704,\"comm\":\"system-probe\",\"namespaces\":6,"
                                    "\"sinceUSec\":96,\"through\":\"socket netlink/route, tun\"}");
}

static void test_nothing(void **state)
{
        struct view_list list = {};
        _cleanup_(by_holder_deinit) struct by_holder b = {};

        assert_int_equal(by_holder_group(&list, &b), 0);
        assert_int_equal(b.n, 0);
}

/* Four lines are read faster than a sentence about them. */
static void test_few(void **state)
{
        struct holder one = holder(&probe, HOLDER_SOCKET);
        struct view_netns namespaces[4];
        struct view_list list = {.namespaces = namespaces, .n = 4};
        _cleanup_(by_holder_deinit) struct by_holder b = {};
        char *text = NULL;
        size_t size;

        for (size_t i = 0; i < 4; i++)
                namespaces[i] = (struct view_netns){.holders = &one, .n_holders = 1};
        assert_int_equal(by_holder_group(&list, &b), 0);
        FILE *f = open_memstream(&text, &size);
        assert_non_null(f);
        by_holder_print_many(f, &b);
        assert_int_equal(fclose(f), 0);
        assert_string_equal(text, "");
        free(text);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_groups),
                cmocka_unit_test(test_nothing),
                cmocka_unit_test(test_few),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
