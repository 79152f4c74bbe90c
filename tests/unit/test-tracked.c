/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* From records of the BPF programs to holders and explained references. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include <cmocka.h>

#include "census/bpf/tracked.h"

#define NET   0xffff888001000000
#define OTHER 0xffff888002000000
#define INODE 0xffff888003000000
#define SOCK  0xffff888004000000

static struct holder_record in_table(uint64_t net, uint64_t object, int pid, int fd)
{
        return (struct holder_record){.net = net,
                                      .object = object,
                                      .tgid = pid,
                                      .tid = pid,
                                      .fd = fd,
                                      .start_nsec = 1,
                                      .family = AF_INET,
                                      .type = SOCK_STREAM,
                                      .inode = 7,
                                      .found = FOUND_SOCKET,
                                      .where = WHERE_FD,
                                      .counted = 1};
}

/* Accounts for one namespace with the given records. */
static void account(struct tracked *t, const struct holder_record *records, size_t n,
                    const struct owners *owners)
{
        static const struct owners nobody;
        struct records all = {};

        assert_int_equal(records_add(&all, records, n), 0);
        records_sort(&all);
        assert_int_equal(tracked_account(t, &all, owners ? owners : &nobody), 0);
        records_deinit(&all);
}

static void test_each_object_is_one_reference(void **state)
{
        struct tracked t = {.net = NET, .counted = 2};
        struct holder_record records[] = {
                in_table(NET, SOCK, 10, 3), in_table(NET, SOCK, 10, 4), in_table(NET, SOCK, 11, 3),
                in_table(NET, SOCK + 8, 11, 9), in_table(OTHER, SOCK + 16, 11, 8)};

        account(&t, records, ARRAY_SIZE(records), NULL);
        assert_int_equal(t.explained, 2);
        assert_int_equal(t.n_holders, 4);
        assert_false(tracked_is_pending(&t));
        tracked_clear(&t);
}

static void test_the_same_twice_is_once(void **state)
{
        struct tracked t = {.net = NET, .counted = 1};
        struct holder_record records[] = {in_table(NET, SOCK, 10, 3), in_table(NET, SOCK, 10, 3)};

        account(&t, records, ARRAY_SIZE(records), NULL);
        assert_int_equal(t.n_holders, 1);
        tracked_clear(&t);
}

static void test_a_socket_without_reference_is_none(void **state)
{
        struct tracked t = {.net = NET, .counted = 1};
        struct holder_record record = in_table(NET, SOCK, 10, 3);

        record.counted = 0;
        account(&t, &record, 1, NULL);
        assert_int_equal(t.explained, 0);
        assert_int_equal(t.n_holders, 0);
        assert_true(tracked_is_pending(&t));
        tracked_clear(&t);
}

static void test_an_nsfs_inode_is_one_reference_however_many_files(void **state)
{
        struct tracked t = {.net = NET, .nsfs_inode = INODE, .counted = 1, .paths = 4};
        struct holder_record records[] = {in_table(NET, INODE, 10, 3), in_table(NET, INODE, 11, 3)};

        for (size_t i = 0; i < ARRAY_SIZE(records); i++)
                records[i].found = FOUND_NSFS;
        records[0].path = records[1].path = 0x1234;
        account(&t, records, ARRAY_SIZE(records), NULL);
        assert_int_equal(t.explained, 1);
        /* Two files, and one mount that both keep: a fourth is a mount somewhere. */
        assert_int_equal(t.paths_explained, 3);
        assert_true(tracked_is_pending(&t));
        tracked_clear(&t);
}

static void test_a_watch_keeps_the_inode_and_is_no_path(void **state)
{
        struct tracked t = {.net = NET, .counted = 1};
        struct holder_record record = in_table(NET, INODE, 10, 3);

        record.found = FOUND_INOTIFY;
        account(&t, &record, 1, NULL);
        assert_int_equal(t.explained, 1);
        assert_int_equal(t.paths_explained, 0);
        assert_int_equal(t.holders[0].kind, HOLDER_NSFS_WATCH);
        tracked_clear(&t);
}

static void test_a_sighting_explains_nothing(void **state)
{
        struct tracked t = {.net = NET, .counted = 2};
        struct holder_record records[] = {in_table(NET, SOCK, 0, -1),
                                          in_table(NET, SOCK + 8, 0, -1)};

        records[0].where = WHERE_SOCKET_TABLE; /* alive, with a file that nobody has */
        records[1].where = WHERE_PEER;         /* likewise */
        account(&t, records, ARRAY_SIZE(records), NULL);
        assert_int_equal(t.explained, 0);
        tracked_clear(&t);
}

static void test_sockets_without_file(void **state)
{
        struct tracked t = {.net = NET, .counted = 3};
        struct holder_record records[] = {in_table(NET, SOCK, 0, -1),
                                          in_table(NET, SOCK + 8, 0, -1),
                                          in_table(NET, SOCK + 16, 0, -1)};

        for (size_t i = 0; i < ARRAY_SIZE(records); i++) {
                records[i].where = WHERE_SOCKET_TABLE;
                records[i].inode = 0;
        }
        records[0].dead = 1;
        records[2].where = WHERE_PEER;
        records[2].dead = 1;
        account(&t, records, ARRAY_SIZE(records), NULL);
        assert_int_equal(t.explained, 3);
        assert_int_equal(t.holders[0].kind, HOLDER_SOCKET_CLOSING);
        assert_int_equal(t.holders[1].kind, HOLDER_SOCKET_BACKLOG);
        assert_int_equal(t.holders[2].kind, HOLDER_SOCKET_PEER);
        tracked_clear(&t);
}

static void test_a_mapping_counts_where_the_fd_is_closed(void **state)
{
        struct tracked t = {.net = NET, .counted = 1};
        struct holder_record records[] = {in_table(NET, SOCK, 10, 3), in_table(NET, SOCK, 10, -1),
                                          in_table(NET, SOCK, 11, -1)};

        records[1].where = records[2].where = WHERE_MAPPING;
        account(&t, records, ARRAY_SIZE(records), NULL);
        assert_int_equal(t.explained, 1);
        assert_int_equal(t.n_holders, 2);
        assert_int_equal(t.holders[1].kind, HOLDER_SOCKET_MAPPING);
        assert_int_equal(t.holders[1].pid, 11);
        tracked_clear(&t);
}

static void test_a_queue_in_a_queue_leads_to_its_process(void **state)
{
        struct tracked t = {.net = NET, .counted = 1};
        struct holder_record record = in_table(NET, SOCK, 0, -1);
        struct owners owners = {};

        assert_int_equal(owners_add(&owners, 0x300), 0);
        assert_int_equal(owners_add(&owners, 0x100), 0);
        assert_int_equal(owners_add(&owners, 0x100), 0);
        assert_int_equal(owners.n, 2);
        owners_find(&owners, 0x300)->parent = 0x100;
        *owners_find(&owners, 0x100) =
                (struct owner){.socket = 0x100, .tgid = 20, .tid = 20, .fd = 5, .start_nsec = 9};
        record.where = WHERE_IN_FLIGHT;
        record.owner = 0x300;
        account(&t, &record, 1, &owners);
        assert_int_equal(t.holders[0].pid, 20);
        assert_int_equal(t.holders[0].fd, 5);
        assert_int_equal(t.holders[0].depth, 2);
        tracked_clear(&t);
        owners_deinit(&owners);
}

static void test_a_cycle_of_queues_ends(void **state)
{
        struct tracked t = {.net = NET, .counted = 1};
        struct holder_record record = in_table(NET, SOCK, 0, -1);
        struct owners owners = {};

        assert_int_equal(owners_add(&owners, 0x300), 0);
        assert_int_equal(owners_add(&owners, 0x100), 0);
        owners_find(&owners, 0x300)->parent = 0x100;
        owners_find(&owners, 0x100)->parent = 0x300;
        record.where = WHERE_IN_FLIGHT;
        record.owner = 0x300;
        account(&t, &record, 1, &owners);
        assert_int_equal(t.explained, 1);
        assert_int_equal(t.holders[0].pid, 0);
        tracked_clear(&t);
        owners_deinit(&owners);
}

/* One that was searched with a socket of somebody's and nsfs files: of them as is said. */
static void found(struct tracked *t, const struct holder_record *nsfs, size_t n)
{
        struct holder_record records[8] = {in_table(NET, SOCK, 10, 3)};

        *t = (struct tracked){.net = NET, .counted = 1 + (n > 0), .paths = (unsigned)n};
        t->nsfs_inode = n > 0 ? INODE : 0;
        for (size_t i = 0; i < n; i++)
                records[i + 1] = nsfs[i];
        account(t, records, 1 + n, NULL);
        assert_int_equal(t->explained, t->counted);
        assert_int_equal(t->mounts, 0);
}

static struct holder_record nsfs_in_table(int pid, bool looks)
{
        struct holder_record r = in_table(NET, INODE, pid, 4);

        r.found = FOUND_NSFS;
        r.looks = looks;
        return r;
}

static void wait_with(struct tracked *t, const struct tracked *known, uint64_t counted,
                      uint64_t nsfs_inode, unsigned paths)
{
        tracked_clear(t);
        *t = (struct tracked){
                .net = NET, .counted = counted, .nsfs_inode = nsfs_inode, .paths = paths};
        assert_int_equal(tracked_wait(t, known), 0);
        assert_true(t->waits);
}

static void test_who_waits_keeps_what_can_still_be(void **state)
{
        struct holder_record looker = nsfs_in_table(12, true), other = nsfs_in_table(13, false);
        struct tracked known, t = {};

        /* A path has come: nobody knows yet whose. */
        found(&known, NULL, 0);
        wait_with(&t, &known, 2, INODE, 1);
        assert_int_equal(t.n_holders, 1);
        assert_int_equal(t.holders[0].checked, CHECKED_BEFORE);
        assert_int_equal(t.unsought, 1);
        assert_int_equal(t.mounts, 0);
        /* Nothing was ever found. */
        wait_with(&t, NULL, 2, INODE, 1);
        assert_int_equal(t.n_holders, 0);
        assert_int_equal(t.unsought, 1);
        /* The file was closed; then more has gone than is known of. */
        tracked_clear(&known);
        found(&known, &other, 1);
        wait_with(&t, &known, 1, 0, 0);
        assert_int_equal(t.n_holders, 1);
        wait_with(&t, &known, 0, 0, 0);
        assert_int_equal(t.n_holders, 0);
        /* A path that was found and is still there; one more has come. */
        wait_with(&t, &known, 2, INODE, 2);
        assert_int_equal(t.n_holders, 2);
        assert_int_equal(t.unsought, 1);
        /* Closed, and another opened. */
        wait_with(&t, &known, 2, INODE + 8, 1);
        assert_int_equal(t.n_holders, 1);
        assert_int_equal(t.unsought, 1);
        /* What we had there has passed. */
        tracked_clear(&known);
        found(&known, &looker, 1);
        wait_with(&t, &known, 2, INODE, 1);
        assert_int_equal(t.n_holders, 1);
        assert_int_equal(t.holders[0].kind, HOLDER_SOCKET);
        assert_int_equal(t.unsought, 1);
        tracked_clear(&known);
        tracked_clear(&t);
}

static void test_who_waits_keeps_its_mounts(void **state)
{
        struct tracked known, t = {};

        found(&known, NULL, 0);
        known.mounts = known.paths = 2;
        wait_with(&t, &known, 2, INODE, 3);
        assert_int_equal(t.mounts, 2);
        assert_int_equal(t.unsought, 1);
        wait_with(&t, &known, 2, INODE, 1);
        assert_int_equal(t.mounts, 1);
        assert_int_equal(t.unsought, 0);
        tracked_clear(&known);
        tracked_clear(&t);
}

int main(void)
{
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_each_object_is_one_reference),
                cmocka_unit_test(test_the_same_twice_is_once),
                cmocka_unit_test(test_a_socket_without_reference_is_none),
                cmocka_unit_test(test_an_nsfs_inode_is_one_reference_however_many_files),
                cmocka_unit_test(test_a_watch_keeps_the_inode_and_is_no_path),
                cmocka_unit_test(test_a_sighting_explains_nothing),
                cmocka_unit_test(test_sockets_without_file),
                cmocka_unit_test(test_a_mapping_counts_where_the_fd_is_closed),
                cmocka_unit_test(test_a_queue_in_a_queue_leads_to_its_process),
                cmocka_unit_test(test_a_cycle_of_queues_ends),
                cmocka_unit_test(test_who_waits_keeps_what_can_still_be),
                cmocka_unit_test(test_who_waits_keeps_its_mounts),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
