/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "nsorphand/trigger-pace.h"

#define SEC   USEC_PER_SEC
#define MSEC  USEC_PER_MSEC
#define START (1000 * SEC)

/* An exit now; a scan as soon as that may be, which takes so long. When it has ended. */
static uint64_t exit_and_scan(struct trigger_pace *p, uint64_t now, uint64_t duration)
{
        uint64_t due = trigger_pace_due(p, now);

        trigger_pace_asked(p, due);
        trigger_pace_scanned(p, duration, due + duration);
        return due + duration;
}

static void test_after_a_quiet_while_at_once(void **state)
{
        struct trigger_pace p;

        trigger_pace_begin(&p, START);
        assert_int_equal(trigger_pace_due(&p, START), START + 200 * MSEC);
        exit_and_scan(&p, START, 10 * MSEC);
        assert_int_equal(trigger_pace_due(&p, START + 60 * SEC), START + 60 * SEC + 200 * MSEC);
}

static void test_never_more_than_one_a_second(void **state)
{
        struct trigger_pace p;

        trigger_pace_begin(&p, START);
        uint64_t end = exit_and_scan(&p, START, MSEC);
        assert_int_equal(trigger_pace_due(&p, end), START + 1200 * MSEC);
}

/* Exits all the time: 1 % of it in the long run, after what has been saved up. */
static void test_share_of_the_time(void **state)
{
        struct trigger_pace p;
        const uint64_t scan = 500 * MSEC;
        uint64_t now = START;
        unsigned n = 0;

        trigger_pace_begin(&p, START);
        for (; now < START + 3600 * SEC; n++)
                now = exit_and_scan(&p, now, scan);
        assert_in_range(n * scan, 36 * SEC, 36 * SEC + TRIGGER_PACE_CREDIT_USEC + scan);
}

/* What is saved up has an end. */
static void test_credit_is_bounded(void **state)
{
        struct trigger_pace p;

        trigger_pace_begin(&p, START);
        uint64_t end = exit_and_scan(&p, START + 86400 * SEC, 6 * SEC);
        assert_int_equal(trigger_pace_due(&p, end), end + 100 * SEC);
}

static void test_one_endless_scan_does_not_end_it_for_hours(void **state)
{
        struct trigger_pace p;

        trigger_pace_begin(&p, START);
        uint64_t end = exit_and_scan(&p, START, 86400 * SEC);
        assert_in_range(trigger_pace_due(&p, end), end, end + 600 * 100 * SEC);
}

/* A scan of the interval is not charged for: nobody asked for it. */
static void test_other_scans_are_free(void **state)
{
        struct trigger_pace p;

        trigger_pace_begin(&p, START);
        trigger_pace_scanned(&p, 100 * SEC, START + 100 * SEC);
        assert_int_equal(trigger_pace_due(&p, START + 100 * SEC), START + 100 * SEC + 200 * MSEC);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_after_a_quiet_while_at_once),
                cmocka_unit_test(test_never_more_than_one_a_second),
                cmocka_unit_test(test_share_of_the_time),
                cmocka_unit_test(test_credit_is_bounded),
                cmocka_unit_test(test_one_endless_scan_does_not_end_it_for_hours),
                cmocka_unit_test(test_other_scans_are_free),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
