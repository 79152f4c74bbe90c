/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "census/procfs/nameless.h"

/* A file below /proc/…/net. */
#define FILE_OF(pid_, name, inode)                                                                 \
        {                                                                                          \
                .id = {.start_ticks = (pid_),                                                      \
                       .file_inode = (inode),                                                      \
                       .pid = (pid_),                                                              \
                       .kind = HOLDER_PROC_NET_FILE},                                              \
                .file = (name)                                                                     \
        }
#define SOCKET_OF(pid_, inode)                                                                     \
        {                                                                                          \
                .id = {.start_ticks = (pid_),                                                      \
                       .file_inode = (inode),                                                      \
                       .pid = (pid_),                                                              \
                       .kind = HOLDER_SOCKET_MAPPING }                                             \
        }

/* How many namespaces are named, and how many holders are open. */
static void expect(struct nameless_candidate *c, size_t n, size_t namespaces, size_t open)
{
        size_t n_namespaces = 0, n_open = 0;

        nameless_choose(c, n);
        for (size_t i = 0; i < n; i++) {
                n_open += c[i].chosen == SIZE_MAX;
                n_namespaces += c[i].chosen == i;
                if (c[i].chosen != SIZE_MAX)
                        assert_int_equal(c[c[i].chosen].chosen, c[i].chosen);
        }
        assert_int_equal(n_namespaces, namespaces);
        assert_int_equal(n_open, open);
}

static const struct nameless_candidate *find(const struct nameless_candidate *c, size_t n,
                                             pid_t pid)
{
        for (size_t i = 0; i < n; i++)
                if (c[i].id.pid == pid)
                        return &c[i];
        fail();
        return NULL;
}

static void test_one_file_is_one_namespace(void **state)
{
        struct nameless_candidate c[] = {FILE_OF(7, "tcp", 100), FILE_OF(5, "tcp", 100)};

        expect(c, 2, 1, 0);
        /* Known by the oldest process. */
        assert_int_equal(c[c[0].chosen].id.pid, 5);
}

static void test_a_name_and_two_numbers_are_two_namespaces(void **state)
{
        struct nameless_candidate c[] = {FILE_OF(5, "tcp", 101), FILE_OF(5, "tcp", 100),
                                         FILE_OF(6, "tcp", 100)};

        expect(c, 3, 2, 0);
}

static void test_what_is_not_to_be_proved_stays_open(void **state)
{
        struct nameless_candidate files[] = {FILE_OF(5, "tcp", 100), FILE_OF(5, "udp", 101)};
        struct nameless_candidate sockets[] = {SOCKET_OF(5, 100), SOCKET_OF(5, 101)};
        struct nameless_candidate both[] = {SOCKET_OF(5, 100), FILE_OF(6, "packet", 100)};

        expect(files, 2, 1, 1);
        expect(sockets, 2, 1, 1);
        expect(both, 2, 1, 1);
        assert_int_equal(find(both, 2, 5)->chosen == SIZE_MAX, false);
}

static void test_as_many_as_there_must_be(void **state)
{
        struct nameless_candidate c[] = {FILE_OF(1, "dev", 100), FILE_OF(2, "tcp", 101),
                                         FILE_OF(3, "tcp", 102), FILE_OF(4, "tcp", 103),
                                         SOCKET_OF(5, 104)};

        expect(c, 5, 3, 2);
        assert_int_equal(find(c, 5, 1)->chosen, SIZE_MAX);
}

static void test_a_user_does_not_choose_for_root(void **state)
{
        struct nameless_candidate c[] = {FILE_OF(9, "dev", 100), FILE_OF(2, "tcp", 101),
                                         FILE_OF(3, "tcp", 102)};

        for (size_t i = 1; i < 3; i++)
                c[i].uid = 1000;
        expect(c, 3, 1, 2);
        assert_int_not_equal(find(c, 3, 9)->chosen, SIZE_MAX);
}

static void test_what_was_named_stays_named(void **state)
{
        struct nameless_candidate c[] = {FILE_OF(5, "tcp", 100), FILE_OF(6, "udp", 101)};

        c[1].named = true;
        expect(c, 2, 1, 1);
        assert_int_not_equal(find(c, 2, 6)->chosen, SIZE_MAX);
}

static void test_none(void **state)
{
        nameless_choose(NULL, 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_one_file_is_one_namespace),
                cmocka_unit_test(test_a_name_and_two_numbers_are_two_namespaces),
                cmocka_unit_test(test_what_is_not_to_be_proved_stays_open),
                cmocka_unit_test(test_as_many_as_there_must_be),
                cmocka_unit_test(test_a_user_does_not_choose_for_root),
                cmocka_unit_test(test_what_was_named_stays_named),
                cmocka_unit_test(test_none),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
