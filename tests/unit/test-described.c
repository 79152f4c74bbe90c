/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "census/described.h"

#define SEC USEC_PER_SEC

/* What a census with one process leaves at @now. */
static void keep(struct described *d, pid_t pid, uint64_t start_nsec, bool gone, uint64_t now)
{
        struct process p = {.pid = pid,
                            .start_nsec = start_nsec,
                            .gone = gone,
                            .comm = (char[]){"leaker"},
                            .unit = (char[]){"leak.service"}};
        struct process *list[] = {&p};
        const struct census c = {.processes = list, .n_processes = 1};

        assert_int_equal(described_keep(d, &c, now), 0);
}

static const struct process *find(const struct described *d, pid_t pid, uint64_t start_nsec,
                                  uint64_t now)
{
        const struct process key = {.pid = pid, .start_nsec = start_nsec};

        return described_find(d, &key, now);
}

static void test_the_same_process_is_known(void **state)
{
        struct described d = {};

        keep(&d, 32, 7, false, 100 * SEC);
        assert_non_null(find(&d, 32, 7, 101 * SEC));
        assert_string_equal(find(&d, 32, 7, 101 * SEC)->comm, "leaker");
        assert_string_equal(find(&d, 32, 7, 101 * SEC)->unit, "leak.service");
        /* Its number was used again. */
        assert_null(find(&d, 32, 8, 101 * SEC));
        assert_null(find(&d, 33, 7, 101 * SEC));
        described_deinit(&d);
        assert_null(find(&d, 32, 7, 101 * SEC));
}

static void test_it_is_read_again_after_a_minute(void **state)
{
        struct described d = {};

        keep(&d, 32, 7, false, 100 * SEC);
        /* To be in many censuses makes it no younger. */
        for (uint64_t i = 1; i < 60; i++)
                keep(&d, 32, 7, false, (100 + i) * SEC);
        assert_non_null(find(&d, 32, 7, 159 * SEC));
        assert_null(find(&d, 32, 7, 160 * SEC));
        keep(&d, 32, 7, false, 160 * SEC);
        assert_non_null(find(&d, 32, 7, 219 * SEC));
        described_deinit(&d);
}

static void test_what_is_not_known_is_not_kept(void **state)
{
        struct described d = {};

        keep(&d, 32, 0, false, 100 * SEC); /* procfs does not say when it began */
        assert_null(find(&d, 32, 0, 101 * SEC));
        keep(&d, 32, 7, true, 100 * SEC);
        assert_null(find(&d, 32, 7, 101 * SEC));
        described_deinit(&d);
}

static void test_a_scan_by_procfs_between_two_by_bpf(void **state)
{
        struct described d = {};

        keep(&d, 32, 7, false, 100 * SEC);
        keep(&d, 32, 0, false, 101 * SEC);
        assert_non_null(find(&d, 32, 7, 102 * SEC));
        described_deinit(&d);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_the_same_process_is_known),
                cmocka_unit_test(test_it_is_read_again_after_a_minute),
                cmocka_unit_test(test_what_is_not_known_is_not_kept),
                cmocka_unit_test(test_a_scan_by_procfs_between_two_by_bpf),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
