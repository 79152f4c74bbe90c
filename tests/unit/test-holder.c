/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "census/holder.h"
#include "census/socket-name.h"

static struct holder whole(void)
{
        struct holder h = HOLDER_OF(411, 412, 3);

        h.kind = HOLDER_SOCKET;
        h.socket_inode = 8628;
        h.family = AF_NETLINK;
        h.path = strdup("/run/netns/blue");
        h.device = strdup("tun0");
        h.process = process_new(411, 0);
        h.process->start_ticks = 77;
        h.process->comm = strdup("leaker");
        h.process->unit = strdup("leaker.service");
        return h;
}

static void test_copy(void **state)
{
        struct holder a = whole(), b;

        assert_int_equal(holder_copy(&b, &a), 0);
        assert_true(holder_equal(&a, &b));
        assert_int_equal(holder_compare(&a, &b), 0);
        assert_ptr_not_equal(a.path, b.path);
        assert_ptr_not_equal(a.device, b.device);
        /* The process is one, and lives as long as either. */
        assert_ptr_equal(a.process, b.process);
        holder_clear(&a);
        assert_null(a.path);
        assert_null(a.process);
        assert_string_equal(b.path, "/run/netns/blue");
        assert_string_equal(holder_comm(&b), "leaker");
        assert_string_equal(holder_unit(&b), "leaker.service");
        assert_int_equal(holder_start_ticks(&b), 77);
        holder_clear(&b);
        /* What is cleared may be cleared again, and has no process. */
        holder_clear(&b);
        assert_null(holder_comm(&b));
        assert_null(holder_unit(&b));
        assert_int_equal(holder_start_ticks(&b), 0);
}

static void test_copy_of_nothing(void **state)
{
        struct holder mount = {.kind = HOLDER_NSFS_MOUNT, .fd = -1}, b;

        assert_int_equal(holder_copy(&b, &mount), 0);
        assert_true(holder_equal(&mount, &b));
        assert_null(b.path);
        assert_null(b.process);
        holder_clear(&b);
        holder_free_array(NULL, 0);
}

static void test_a_process_of_its_own(void **state)
{
        struct holder a = whole();
        struct process *copy = process_copy(a.process);

        assert_non_null(copy);
        assert_ptr_not_equal(copy->comm, a.process->comm);
        assert_string_equal(copy->comm, "leaker");
        assert_null(process_unref(process_ref(copy)));
        assert_string_equal(copy->unit, "leaker.service");
        assert_null(process_unref(copy));
        assert_null(process_ref(NULL));
        assert_null(process_unref(NULL));
        holder_clear(&a);
}

/* Each difference that somebody is told of is one; what may change meanwhile is none. */
static void test_equal(void **state)
{
        struct holder a = whole(), b;

#define DIFFERS(change)                                                                            \
        do {                                                                                       \
                assert_int_equal(holder_copy(&b, &a), 0);                                          \
                change;                                                                            \
                assert_false(holder_equal(&a, &b));                                                \
                assert_false(holder_equal(&b, &a));                                                \
                holder_clear(&b);                                                                  \
        } while (0)
        DIFFERS(b.kind = HOLDER_TUN);
        DIFFERS(b.carried = HOLDER_SOCKET);
        DIFFERS(b.pid = 1);
        DIFFERS(b.tid = 1);
        DIFFERS(b.fd = -1);
        DIFFERS(b.socket_inode = 0);
        DIFFERS(b.family = -1);
        DIFFERS(b.type = SOCK_RAW);
        DIFFERS(b.protocol = 0);
        DIFFERS(b.path[1] = 'x');
        DIFFERS((free(b.device), b.device = NULL));
        DIFFERS(b.process = process_unref(b.process));
#undef DIFFERS
        assert_int_equal(holder_copy(&b, &a), 0);
        b.depth = 2;
        b.device_netns = 4026532177;
        b.checked = b.verified = true;
        assert_true(holder_equal(&a, &b));
        process_unref(b.process);
        b.process = process_copy(a.process);
        assert_true(holder_equal(&a, &b));
        b.process->start_ticks = 78;
        assert_false(holder_equal(&a, &b));
        holder_clear(&a);
        holder_clear(&b);
}

static void test_same_process(void **state)
{
        struct process p = {.pid = 7, .start_ticks = 70}, later = {.pid = 7, .start_ticks = 71};
        struct process unknown = {.pid = 7};
        const struct holder a = {.pid = 7, .process = &p}, b = {.pid = 7, .process = &later};
        const struct holder c = {.pid = 7, .process = &unknown}, d = {.pid = 8, .process = &p};

        assert_true(holder_same_process(&a, &a));
        assert_false(holder_same_process(&a, &b));
        assert_true(holder_same_process(&a, &c));
        assert_true(holder_same_process(&c, &b));
        assert_false(holder_same_process(&a, &d));
}

/* The cookie says it, whoever has the socket now; without one the same place of the same process.
 */
static void test_same_socket(void **state)
{
        struct process p = {.pid = 7, .start_ticks = 70}, later = {.pid = 7, .start_ticks = 71};
        const struct holder a = {.kind = HOLDER_SOCKET,
                                 .pid = 7,
                                 .fd = 3,
                                 .socket_inode = 5,
                                 .socket_cookie = 9,
                                 .process = &p};
        struct holder b = a;

        b.pid = 8;
        b.kind = HOLDER_SOCKET_IN_FLIGHT;
        assert_true(holder_same_socket(&a, &b));
        b.socket_cookie = 10;
        assert_false(holder_same_socket(&a, &b));
        b.socket_cookie = 0;
        assert_false(holder_same_socket(&a, &b));
        b = a;
        b.socket_cookie = 0;
        assert_true(holder_same_socket(&a, &b));
        b.fd = 4;
        assert_false(holder_same_socket(&a, &b));
        b.fd = 3;
        b.process = &later;
        assert_false(holder_same_socket(&a, &b));
        /* A tun has no number of its own. */
        const struct holder tun = {.kind = HOLDER_TUN, .pid = 7, .fd = 3, .process = &p};
        assert_false(holder_same_socket(&tun, &tun));
}

static void test_opener(void **state)
{
        struct process p = {.pid = 7, .start_ticks = 70}, unknown = {.pid = 7};
        struct birth b = {.pid = 7,
                          .start_nsec = 70 * (NSEC_PER_SEC / (uint64_t)sysconf(_SC_CLK_TCK))};
        struct holder h = {.pid = 7, .process = &p};

        assert_false(holder_is_opener(&h));
        h.birth = &b;
        assert_true(holder_is_opener(&h));
        b.start_nsec += NSEC_PER_SEC;
        assert_false(holder_is_opener(&h));
        h.process = &unknown;
        assert_true(holder_is_opener(&h));
        h.pid = 8;
        assert_false(holder_is_opener(&h));
        /* A process that has no number here is not "none". */
        h.pid = b.pid = 0;
        assert_false(holder_is_opener(&h));
}

/* By kind, process, thread, fd, depth, socket, path: whatever order they come in. */
static void test_order(void **state)
{
        static char first[] = "/a", second[] = "/b";
        struct holder sorted[] = {
                {.kind = HOLDER_TASK, .pid = 9},
                {.kind = HOLDER_NSFS_MOUNT, .path = NULL},
                {.kind = HOLDER_NSFS_MOUNT, .path = first},
                {.kind = HOLDER_NSFS_MOUNT, .path = second},
                {.kind = HOLDER_SOCKET, .pid = 1, .tid = 1, .fd = 3},
                {.kind = HOLDER_SOCKET, .pid = 1, .tid = 1, .fd = 4},
                {.kind = HOLDER_SOCKET, .pid = 1, .tid = 2, .fd = 3},
                {.kind = HOLDER_SOCKET, .pid = 1, .tid = 2, .fd = 3, .depth = 1},
                {.kind = HOLDER_SOCKET, .pid = 1, .tid = 2, .fd = 3, .depth = 1, .socket_inode = 5},
                {.kind = HOLDER_SOCKET, .pid = 2},
        };
        const size_t n = sizeof(sorted) / sizeof(*sorted);

        for (size_t i = 0; i < n; i++)
                for (size_t k = 0; k < n; k++) {
                        int r = holder_compare(&sorted[i], &sorted[k]);
                        assert_int_equal(r < 0 ? -1 : r > 0, i < k ? -1 : i > k);
                }
}

static void test_kinds(void **state)
{
        for (enum holder_kind k = HOLDER_NONE + 1; k < _HOLDER_KIND_MAX; k++)
                assert_int_equal(holder_kind_from_string(holder_kind_to_string(k)), k);
        assert_int_equal(holder_kind_from_string("something"), HOLDER_NONE);
        assert_null(holder_kind_to_string(HOLDER_NONE));
        assert_null(holder_kind_to_string(_HOLDER_KIND_MAX));
}

static void test_names_of_sockets(void **state)
{
        assert_string_equal(socket_name_family(AF_NETLINK), "netlink");
        assert_string_equal(socket_name_type(SOCK_RAW), "raw");
        assert_string_equal(socket_name_protocol(AF_NETLINK, 0), "route");
        assert_string_equal(socket_name_protocol(AF_INET, 6), "tcp");
        /* A protocol without a name, and numbers that nobody has. */
        assert_null(socket_name_protocol(AF_UNIX, 0));
        assert_null(socket_name_protocol(AF_INET, -1));
        assert_null(socket_name_family(-1));
        assert_null(socket_name_family(9999));
        assert_null(socket_name_type(0));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_copy),
                cmocka_unit_test(test_copy_of_nothing),
                cmocka_unit_test(test_a_process_of_its_own),
                cmocka_unit_test(test_equal),
                cmocka_unit_test(test_same_process),
                cmocka_unit_test(test_same_socket),
                cmocka_unit_test(test_opener),
                cmocka_unit_test(test_order),
                cmocka_unit_test(test_kinds),
                cmocka_unit_test(test_names_of_sockets),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
