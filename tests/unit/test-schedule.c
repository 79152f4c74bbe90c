/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "nsorphand/schedule.h"

#define SEC  USEC_PER_SEC
#define MSEC USEC_PER_MSEC

/* A host that has been up for so long. */
#define START (1000 * SEC)

static void configure(struct schedule *s, uint64_t interval, uint64_t check, uint64_t now)
{
        const struct config config = {
                .interval_usec = interval, .stuck_usec = 30 * SEC, .cross_check_usec = check};

        schedule_configure(s, &config, now);
}

static struct schedule make(uint64_t interval)
{
        struct schedule s = {};

        configure(&s, interval, UINT64_MAX, START);
        return s;
}

/* A whole scan from now on, which takes so long; the end of it. */
static uint64_t scan(struct schedule *s, uint64_t now, uint64_t duration, bool is_by_bpf)
{
        schedule_begin(s, false, 0, now);
        schedule_set_source(s, is_by_bpf);
        (void)schedule_end(s, duration, now + duration);
        return now + duration;
}

static void test_the_first_is_due_at_once(void **state)
{
        struct schedule s = make(60 * SEC);

        assert_int_equal(schedule_until_next(&s, START), 0);
        schedule_begin(&s, false, 0, START);
        assert_true(schedule_until_next(&s, START) == UINT64_MAX);
        assert_int_equal(s.scan, 1);
}

/* From start to start, not from end to start. */
static void test_interval(void **state)
{
        struct schedule s = make(60 * SEC);
        uint64_t end = scan(&s, START, 2 * SEC, false);

        assert_int_equal(schedule_until_next(&s, end), 58 * SEC);
        assert_int_equal(schedule_until_next(&s, START + 90 * SEC), 0);
}

static void test_interval_auto_is_that_of_the_source(void **state)
{
        struct schedule s = make(CONFIG_INTERVAL_AUTO);

        scan(&s, START, 10 * MSEC, true);
        assert_int_equal(s.interval_usec, 5 * SEC);
        assert_int_equal(schedule_until_next(&s, START), 5 * SEC);
        scan(&s, START + 5 * SEC, 10 * MSEC, false);
        assert_int_equal(s.interval_usec, 60 * SEC);
        assert_int_equal(schedule_until_next(&s, START), 65 * SEC);
        /* A scan that fails has no source: as before. */
        schedule_begin(&s, false, 0, START + 65 * SEC);
        (void)schedule_end(&s, SEC, START + 66 * SEC);
        assert_int_equal(s.interval_usec, 60 * SEC);
}

static void test_a_new_interval_counts_from_now_on(void **state)
{
        struct schedule s = make(3600 * SEC);

        scan(&s, START, SEC, false);
        configure(&s, 60 * SEC, UINT64_MAX, START + 100 * SEC);
        assert_int_equal(schedule_until_next(&s, START + 100 * SEC), 60 * SEC);
        /* A longer one does not put off the scan that is planned. */
        configure(&s, 3600 * SEC, UINT64_MAX, START + 110 * SEC);
        assert_int_equal(schedule_until_next(&s, START + 110 * SEC), 50 * SEC);
}

static void test_slow_scans_take_a_quarter_of_the_time(void **state)
{
        struct schedule s = make(60 * SEC);

        schedule_begin(&s, false, 0, START);
        assert_true(schedule_end(&s, 20 * SEC, START + 20 * SEC));
        assert_int_equal(schedule_until_next(&s, START), 80 * SEC);
        /* Once is enough to say so. */
        schedule_begin(&s, false, 0, START + 80 * SEC);
        assert_false(schedule_end(&s, 20 * SEC, START + 100 * SEC));
        schedule_begin(&s, false, 0, START + 160 * SEC);
        assert_false(schedule_end(&s, SEC, START + 161 * SEC));
        assert_int_equal(schedule_until_next(&s, START + 161 * SEC), 59 * SEC);
        schedule_begin(&s, false, 0, START + 220 * SEC);
        assert_true(schedule_end(&s, 20 * SEC, START + 240 * SEC));
}

/* Others that keep all CPUs busy do not put off the next scan as well. */
static void test_waiting_for_a_cpu_is_no_work(void **state)
{
        struct schedule s = make(60 * SEC);

        schedule_begin(&s, false, 0, START);
        assert_false(schedule_end(&s, 2 * SEC, START + 40 * SEC));
        assert_int_equal(schedule_until_next(&s, START + 40 * SEC), 20 * SEC);
        schedule_not_later_than(&s, START + 41 * SEC);
        assert_int_equal(schedule_until_next(&s, START + 40 * SEC), 6 * SEC);
        /* Several threads work for no longer than it took. */
        schedule_begin(&s, false, 0, START + 60 * SEC);
        assert_true(schedule_end(&s, 100 * SEC, START + 90 * SEC));
        assert_int_equal(schedule_until_next(&s, START + 90 * SEC), 90 * SEC);
}

/* The daemon asks for it at the earliest end of a grace period. */
static void test_a_look_before_the_interval_is_over(void **state)
{
        struct schedule s = make(60 * SEC);

        scan(&s, START, 10 * MSEC, false);
        schedule_not_later_than(&s, START + 12 * SEC);
        assert_int_equal(schedule_until_next(&s, START), 12 * SEC);
        /* It only ever makes it earlier. */
        schedule_not_later_than(&s, START + 40 * SEC);
        assert_int_equal(schedule_until_next(&s, START), 12 * SEC);
        /* What is overdue is due now. */
        schedule_not_later_than(&s, START + 5 * SEC);
        assert_int_equal(schedule_until_next(&s, START + 7 * SEC), 0);
}

/* Orphans that are made all the time have grace periods that end all the time. */
static void test_looks_take_no_more_than_the_share_of_scans(void **state)
{
        struct schedule s = make(60 * SEC);
        uint64_t end = scan(&s, START, 10 * SEC, false);

        schedule_not_later_than(&s, end);
        assert_int_equal(schedule_until_next(&s, end), 30 * SEC);
        /* Asked for by root, it comes at once. */
        schedule_request(&s);
        assert_int_equal(schedule_until_next(&s, end), 0);
        schedule_not_later_than(&s, end);
        assert_int_equal(schedule_until_next(&s, end), 0);
}

static void test_a_request_while_one_runs_makes_another(void **state)
{
        struct schedule s = make(60 * SEC);

        assert_int_equal(schedule_request(&s), 1);
        schedule_begin(&s, false, 0, START);
        /* The one that runs may be past what the caller has just done. */
        assert_int_equal(schedule_request(&s), 2);
        (void)schedule_end(&s, SEC, START + SEC);
        assert_int_equal(schedule_until_next(&s, START + SEC), 0);
        scan(&s, START + SEC, SEC, false);
        assert_int_equal(schedule_until_next(&s, START + 2 * SEC), 59 * SEC);
}

static void test_one_that_cannot_begin_is_tried_again_after_the_interval(void **state)
{
        struct schedule s = make(60 * SEC);

        schedule_begin(&s, false, 0, START);
        schedule_fail(&s);
        assert_int_equal(schedule_until_next(&s, START), 60 * SEC);
}

static void test_stuck(void **state)
{
        struct schedule s = make(10 * SEC);

        schedule_begin(&s, false, 5, START);
        assert_int_equal(schedule_until_look(&s), 7500 * MSEC);
        assert_int_equal(schedule_look(&s, 6, false, START + 8 * SEC), SCHEDULE_FINE);
        /* It is long, but it gets on. */
        assert_int_equal(schedule_look(&s, 7, false, START + 15 * SEC), SCHEDULE_LATE);
        assert_int_equal(schedule_look(&s, 7, false, START + 44 * SEC), SCHEDULE_LATE);
        /* Waiting for a CPU is getting on. */
        assert_int_equal(schedule_look(&s, 7, true, START + 46 * SEC), SCHEDULE_LATE);
        assert_int_equal(schedule_look(&s, 7, false, START + 75 * SEC), SCHEDULE_LATE);
        assert_int_equal(schedule_look(&s, 7, false, START + 76 * SEC), SCHEDULE_STUCK);
        /* The next one starts at once, without what that one is stuck on. */
        schedule_request(&s);
        schedule_fail(&s);
        assert_int_equal(schedule_until_next(&s, START + 76 * SEC), 0);
        /* And is not stuck because that was. */
        schedule_begin(&s, false, 0, START + 76 * SEC);
        assert_int_equal(schedule_look(&s, 0, false, START + 84 * SEC), SCHEDULE_FINE);
}

/* The scan that begins, with a cross-check if there is to be one. When it has ended. */
static uint64_t scan_or_check(struct schedule *s, uint64_t now, uint64_t scan, uint64_t check)
{
        bool checks = schedule_wants_check(s, now);

        schedule_begin(s, checks, 0, now);
        schedule_set_source(s, true);
        assert_false(schedule_end(s, checks ? check : scan, now + (checks ? check : scan)));
        return now + (checks ? check : scan);
}

static void test_cross_checks(void **state)
{
        struct schedule s = {};
        unsigned n = 0;

        configure(&s, 5 * SEC, 1800 * SEC, START);
        /* Whether scans are by BPF is not known yet. */
        assert_false(schedule_wants_check(&s, START));
        for (uint64_t now = START; now < START + 3600 * SEC;) {
                n += schedule_wants_check(&s, now);
                assert_int_equal(n, now < START + 5 * SEC ? 0 : now < START + 1805 * SEC ? 1 : 2);
                uint64_t end = scan_or_check(&s, now, 10 * MSEC, 3 * SEC);
                now = end + schedule_until_next(&s, end);
        }
        assert_int_equal(n, 2);
        /* With procfs there is nothing to compare. */
        schedule_set_source(&s, false);
        assert_false(schedule_wants_check(&s, START + 86400 * SEC));
}

static void test_no_cross_checks(void **state)
{
        struct schedule s = make(5 * SEC);

        scan_or_check(&s, START, 10 * MSEC, 0);
        assert_false(schedule_wants_check(&s, START + 86400 * SEC));
        /* Until a reload wants them. */
        configure(&s, 5 * SEC, 1800 * SEC, START + 100 * SEC);
        assert_true(schedule_wants_check(&s, START + 100 * SEC));
}

/* It takes longer than a scan: that is no reason to make scans less frequent, or to warn. */
static void test_a_cross_check_is_never_late(void **state)
{
        struct schedule s = {};

        configure(&s, 5 * SEC, 1800 * SEC, START);
        scan_or_check(&s, START, 10 * MSEC, 0);
        schedule_begin(&s, true, 0, START + 5 * SEC);
        assert_int_equal(schedule_look(&s, 1, false, START + 20 * SEC), SCHEDULE_FINE);
        assert_false(schedule_end(&s, 20 * SEC, START + 25 * SEC));
        assert_int_equal(schedule_until_next(&s, START + 25 * SEC), 0);
        /* But it must take no more than a hundredth of the time. */
        assert_false(schedule_wants_check(&s, START + 2004 * SEC));
        assert_true(schedule_wants_check(&s, START + 2005 * SEC));
        /* And it can get stuck as any scan. */
        schedule_begin(&s, true, 0, START + 2005 * SEC);
        assert_int_equal(schedule_look(&s, 0, false, START + 2036 * SEC), SCHEDULE_STUCK);
        schedule_request(&s);
        schedule_fail(&s);
        assert_false(schedule_wants_check(&s, START + 2036 * SEC));
        assert_true(schedule_wants_check(&s, START + 3805 * SEC));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_the_first_is_due_at_once),
                cmocka_unit_test(test_interval),
                cmocka_unit_test(test_interval_auto_is_that_of_the_source),
                cmocka_unit_test(test_a_new_interval_counts_from_now_on),
                cmocka_unit_test(test_slow_scans_take_a_quarter_of_the_time),
                cmocka_unit_test(test_waiting_for_a_cpu_is_no_work),
                cmocka_unit_test(test_a_look_before_the_interval_is_over),
                cmocka_unit_test(test_looks_take_no_more_than_the_share_of_scans),
                cmocka_unit_test(test_a_request_while_one_runs_makes_another),
                cmocka_unit_test(test_one_that_cannot_begin_is_tried_again_after_the_interval),
                cmocka_unit_test(test_stuck),
                cmocka_unit_test(test_cross_checks),
                cmocka_unit_test(test_no_cross_checks),
                cmocka_unit_test(test_a_cross_check_is_never_late),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
