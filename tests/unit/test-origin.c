/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "inspect/origin.h"

#include "test-netns.h"

static void test_origin(void **state)
{
        static const pid_t pids[] = {4711, 17};
        const struct origin_evidence base = {
                .holder = 4711, .holder_pids = pids, .n_holder_pids = 2, .parent = 812};
        struct origin_evidence e = base;

        assert_int_equal(origin_judge(&e), ORIGIN_UNKNOWN);
        e.netlink_port = 4711;
        assert_int_equal(origin_judge(&e), ORIGIN_OPENED);
        e.netlink_port = 17; /* its number in its own pid namespace */
        assert_int_equal(origin_judge(&e), ORIGIN_OPENED);
        e.parent_has_it = true; /* and gave it to its parent */
        assert_int_equal(origin_judge(&e), ORIGIN_OPENED);
        e.netlink_port = 812;
        assert_int_equal(origin_judge(&e), ORIGIN_INHERITED);
        e = base;
        e.netlink_port = 812;
        assert_int_equal(origin_judge(&e), ORIGIN_INHERITED);
        e.netlink_port = 900;
        assert_int_equal(origin_judge(&e), ORIGIN_PASSED);
        e.younger_opener = true;
        assert_int_equal(origin_judge(&e), ORIGIN_RECEIVED);
        e.younger_opener = false;
        e.forebear = true;
        assert_int_equal(origin_judge(&e), ORIGIN_INHERITED);
        /* Everybody's pid 1 proves nothing. */
        e = base;
        e.parent = 1;
        e.netlink_port = 1;
        assert_int_equal(origin_judge(&e), ORIGIN_PASSED);
        /* Numbers that the kernel makes up when the pid is taken already. */
        e.netlink_port = 0xfffff000;
        assert_int_equal(origin_judge(&e), ORIGIN_UNKNOWN);
        /* Numbers that libraries make of the pid: libnl's first, one of its later ones. */
        e = base;
        e.netlink_port = 1U << 22 | 4711;
        assert_int_equal(origin_judge(&e), ORIGIN_OPENED);
        e.netlink_port = 1023U << 22 | 17;
        assert_int_equal(origin_judge(&e), ORIGIN_OPENED);
        e.netlink_port = 3U << 22 | 812;
        assert_int_equal(origin_judge(&e), ORIGIN_INHERITED);
        e.netlink_port = 3U << 22 | 900;
        assert_int_equal(origin_judge(&e), ORIGIN_PASSED);
        e.netlink_port = 1023U << 22 | 900;
        assert_int_equal(origin_judge(&e), ORIGIN_UNKNOWN);
        e.netlink_port = 3U << 22;
        assert_int_equal(origin_judge(&e), ORIGIN_UNKNOWN);
        assert_false(origin_port_is_made(4194303));
        assert_true(origin_port_is_made(4194304));
        e = base;
        e.unix_accepted = true;
        assert_int_equal(origin_judge(&e), ORIGIN_ACCEPTED);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_origin),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
