/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* No user stops the scans by having one after the other get stuck. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "nsorphand/wary.h"

#define MAX_STUCK 8

static struct wary_stuck stuck_at(const char *share, enum scan_step step)
{
        struct wary_stuck s = {.pid = 10, .step = step};

        strncpy(s.share, share, sizeof(s.share) - 1);
        return s;
}

static void test_of_two_the_others_are_left_out(void **state)
{
        const struct wary_stuck stuck[] = {
                stuck_at("uid 1000", SCAN_MAPS),
                stuck_at("uid 65534", SCAN_MAPS),
                stuck_at("uid 65534", SCAN_MAPS),
        };
        struct scan_wary wary[MAX_STUCK];
        bool no_maps;

        assert_int_equal(wary_find(stuck, 2, MAX_STUCK, wary, &no_maps), 0);
        assert_int_equal(wary_find(stuck, 3, MAX_STUCK, wary, &no_maps), 1);
        assert_string_equal(wary[0].share, "uid 65534");
        assert_false(wary[0].wholly);
        assert_false(no_maps);
}

static void test_elsewhere_than_at_maps_it_is_left_out_wholly(void **state)
{
        const struct wary_stuck stuck[] = {
                stuck_at("uid 65534", SCAN_MAPS),
                stuck_at("a.service", SCAN_DESCRIBE),
                stuck_at("uid 65534", SCAN_FDS),
                stuck_at("a.service", SCAN_TASKS),
        };
        struct scan_wary wary[MAX_STUCK];
        bool no_maps;

        assert_int_equal(wary_find(stuck, 4, MAX_STUCK, wary, &no_maps), 2);
        assert_true(wary[0].wholly);
        assert_true(wary[1].wholly);
}

/* What a share has had stuck at maps alone never takes the last threads, whoever else there is. */
static void test_many_users_do_not_take_all_threads(void **state)
{
        struct wary_stuck stuck[MAX_STUCK];
        struct scan_wary wary[MAX_STUCK];
        char name[FAIR_SHARE_NAME_MAX];
        size_t n = 0;
        bool no_maps = false;

        for (uid_t uid = 1; !no_maps; uid++) {
                assert_true(n < MAX_STUCK);
                stuck[n++] = stuck_at(fair_share_name_of_uid(name, uid), SCAN_MAPS);
                (void)wary_find(stuck, n, MAX_STUCK, wary, &no_maps);
        }
        assert_int_equal(n, MAX_STUCK - WARY_RESERVE);
}

static void test_one_that_was_at_no_process(void **state)
{
        const struct wary_stuck stuck[] = {{.step = SCAN_NETLINK}, {.step = SCAN_NETLINK}};
        struct scan_wary wary[MAX_STUCK];
        bool no_maps;

        assert_int_equal(wary_find(stuck, 2, MAX_STUCK, wary, &no_maps), 0);
        assert_int_equal(wary_find(stuck, 0, MAX_STUCK, wary, &no_maps), 0);
        assert_false(no_maps);
}

static void test_name(void **state)
{
        struct wary_stuck s = {.pid = getpid()};

        wary_name(&s);
        assert_true(strlen(s.share) > 0);
        s.pid = 0;
        wary_name(&s);
        assert_string_equal(s.share, "");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_of_two_the_others_are_left_out),
                cmocka_unit_test(test_elsewhere_than_at_maps_it_is_left_out_wholly),
                cmocka_unit_test(test_many_users_do_not_take_all_threads),
                cmocka_unit_test(test_one_that_was_at_no_process),
                cmocka_unit_test(test_name),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
