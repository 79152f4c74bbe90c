/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* In which order queues are looked into. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "census/procfs/queues.h"

#define N 1000

/* Of several processes that have one socket, the same one is named, whatever the order in which
 * walkers met them. */
static void test_the_order_is_the_same_whichever_way_they_came(void **state)
{
        struct queues up = {}, down = {};

        for (unsigned i = 0; i < N; i++) {
                const unsigned j = N - 1 - i;
                const struct queue one = {
                        .socket_inode = i / 8, .scm_fds = i, .pid = (pid_t)(i / 2), .fd = (int)i};
                const struct queue other = {
                        .socket_inode = j / 8, .scm_fds = j, .pid = (pid_t)(j / 2), .fd = (int)j};
                assert_int_equal(queues_note(&up, &one), 0);
                assert_int_equal(queues_note(&down, &other), 0);
        }
        queues_sort(&up);
        queues_sort(&down);
        assert_int_equal(up.n, N);
        assert_int_equal(down.n, N);
        for (unsigned i = 0; i < N; i++) {
                assert_int_equal(up.list[i].scm_fds, i);
                assert_int_equal(down.list[i].scm_fds, i);
        }
        queues_deinit(&up);
        queues_deinit(&down);
        assert_int_equal(up.n, 0);
        assert_null(up.list);
}

static void test_by_socket_then_process_then_fd(void **state)
{
        static const struct queue given[] = {
                {.socket_inode = 2, .pid = 1, .fd = 1}, {.socket_inode = 1, .pid = 9, .fd = 1},
                {.socket_inode = 1, .pid = 3, .fd = 7}, {.socket_inode = 1, .pid = 3, .fd = 4},
                {.socket_inode = 1, .pid = 2, .fd = 8},
        };
        static const size_t expected[] = {4, 3, 2, 1, 0};
        struct queues q = {};

        queues_sort(&q); /* none */
        for (size_t i = 0; i < 5; i++)
                assert_int_equal(queues_note(&q, &given[i]), 0);
        queues_sort(&q);
        for (size_t i = 0; i < 5; i++) {
                assert_int_equal(q.list[i].socket_inode, given[expected[i]].socket_inode);
                assert_int_equal(q.list[i].pid, given[expected[i]].pid);
                assert_int_equal(q.list[i].fd, given[expected[i]].fd);
        }
        queues_deinit(&q);
}

int main(void)
{
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_the_order_is_the_same_whichever_way_they_came),
                cmocka_unit_test(test_by_socket_then_process_then_fd),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
