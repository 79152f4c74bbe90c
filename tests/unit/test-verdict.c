/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The rules: what a namespace is, and how sure that is. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "census/census.h"
#include "census/verdict.h"

static void test_each_kind_alone(void **state)
{
        /* All others keep a namespace without leading to it. */
        enum verdict expected[_HOLDER_KIND_MAX];

        for (enum holder_kind k = 0; k < _HOLDER_KIND_MAX; k++)
                expected[k] = VERDICT_ORPHANED;
        expected[HOLDER_TASK] = VERDICT_ATTACHED;
        expected[HOLDER_NSFS_FD] = expected[HOLDER_NSFS_MOUNT] = VERDICT_PINNED;

        for (enum holder_kind k = 0; k < _HOLDER_KIND_MAX; k++) {
                struct netns ns = {};
                ns.count[k] = 1;
                assert_int_equal(verdict_of(&ns), expected[k]);
        }
}

static void test_strongest_wins(void **state)
{
        struct netns ns = {};

        ns.count[HOLDER_SOCKET] = 3;
        ns.nsfs_in_flight = true;
        assert_int_equal(verdict_of(&ns), VERDICT_PINNED);
        ns.nsfs_in_flight = false;
        ns.unseen_reference = true;
        assert_int_equal(verdict_of(&ns), VERDICT_PINNED);
        ns.count[HOLDER_TASK] = 1;
        assert_int_equal(verdict_of(&ns), VERDICT_ATTACHED);
}

static struct coverage coverage_with(enum coverage_gap gap)
{
        struct coverage c = {};
        c.gaps[gap].count = 1;
        coverage_conclude(&c);
        return c;
}

static void test_coverage(void **state)
{
        struct coverage none = {};

        coverage_conclude(&none);
        assert_true(none.complete && none.tasks_complete);
        for (enum coverage_gap gap = 0; gap < _COVERAGE_GAP_MAX; gap++) {
                struct coverage c = coverage_with(gap);
                char *text;
                assert_false(c.complete);
                /* Unseen tasks are never a complete view of the files either; the opposite may be.
                 */
                assert_int_equal(c.tasks_complete,
                                 gap != GAP_TASK_UNPROVEN && gap != GAP_PROCESS_SKIPPED &&
                                         gap != GAP_PID_NAMESPACE && gap != GAP_HIDDEN_PROCESSES &&
                                         gap != GAP_UNSETTLED);
                assert_int_equal(coverage_gap_text(&c, gap, &text), 0);
                assert_non_null(text);
                free(text);
                assert_int_equal(coverage_gap_text(&none, gap, &text), 0);
                assert_null(text);
        }
}

static void test_partial(void **state)
{
        struct coverage all = {.complete = true, .tasks_complete = true};
        struct coverage fds_missing = coverage_with(GAP_PROCESS_UNREADABLE);
        struct coverage tasks_missing = coverage_with(GAP_PID_NAMESPACE);
        struct netns attached = {.verdict = VERDICT_ATTACHED};
        struct netns pinned = {.verdict = VERDICT_PINNED};
        struct netns orphaned = {.verdict = VERDICT_ORPHANED};
        struct netns witnessed = {.verdict = VERDICT_ORPHANED, .witnessed = true};
        struct netns waiting = {.verdict = VERDICT_PINNED, .waits = true};

        assert_false(verdict_is_partial(&attached, &all));
        assert_false(verdict_is_partial(&attached, &tasks_missing));
        assert_false(verdict_is_partial(&pinned, &all));
        assert_false(verdict_is_partial(&pinned, &fds_missing));
        assert_true(verdict_is_partial(&pinned, &tasks_missing));
        assert_false(verdict_is_partial(&orphaned, &all));
        assert_true(verdict_is_partial(&orphaned, &fds_missing));
        assert_true(verdict_is_partial(&orphaned, &tasks_missing));
        assert_false(verdict_is_partial(&witnessed, &fds_missing));
        assert_true(verdict_is_partial(&witnessed, &tasks_missing));
        assert_true(verdict_is_partial(&waiting, &all));
}

static void test_pins(void **state)
{
        struct coverage all = {.complete = true, .tasks_complete = true};
        struct coverage fds_missing = coverage_with(GAP_PROCESS_UNREADABLE);
        struct coverage mounts_missing = coverage_with(GAP_MOUNTS_UNREADABLE);
        struct coverage tasks_missing = coverage_with(GAP_PID_NAMESPACE);
        struct netns file = {.verdict = VERDICT_PINNED, .count[HOLDER_NSFS_FD] = 2};
        struct netns mount = {.verdict = VERDICT_PINNED, .count[HOLDER_NSFS_MOUNT] = 2};

        assert_true(verdict_pin_of(&file, &all).unnamed);
        assert_true(verdict_pin_of(&file, &fds_missing).unnamed);
        assert_false(verdict_pin_of(&file, &mounts_missing).unnamed);
        assert_false(verdict_pin_of(&file, &tasks_missing).unnamed);
        assert_false(verdict_pin_of(&file, &all).empty);
        assert_true(verdict_pin_of(&mount, &all).empty);
        assert_false(verdict_pin_of(&mount, &all).unnamed);
        /* An fd that was not seen could be a socket's, unless the kernel's count leaves no room. */
        assert_false(verdict_pin_of(&mount, &fds_missing).empty);
        mount.references.known = true;
        assert_true(verdict_pin_of(&mount, &fds_missing).empty);
        mount.count[HOLDER_UNEXPLAINED] = 1;
        assert_false(verdict_pin_of(&mount, &all).empty);
        mount.count[HOLDER_UNEXPLAINED] = 0;
        mount.count[HOLDER_TUN] = 1;
        assert_false(verdict_pin_of(&mount, &all).empty);
        file.count[HOLDER_SOCKET] = 1;
        assert_true(verdict_pin_of(&file, &all).unnamed);
        /* What leads to it has not been found: it may be a mount. */
        file.unseen_reference = true;
        assert_false(verdict_pin_of(&file, &all).unnamed);
        file.unseen_reference = false;
        file.waits = true;
        assert_false(verdict_pin_of(&file, &all).unnamed);

        struct netns orphan = {.verdict = VERDICT_ORPHANED, .count[HOLDER_SOCKET] = 1};
        assert_false(verdict_pin_of(&orphan, &all).unnamed);
        assert_false(verdict_pin_of(&orphan, &all).empty);
}

static void test_gap_text_counts(void **state)
{
        struct coverage c = {};
        char *text;

        c.gaps[GAP_PROCESS_UNREADABLE] = (struct coverage_count){1, 1, EACCES};
        assert_int_equal(coverage_gap_text(&c, GAP_PROCESS_UNREADABLE, &text), 0);
        assert_string_equal(text, "the files of 1 process cannot be seen (pid 1: Permission "
                                  "denied)");
        free(text);
        c.gaps[GAP_PROCESS_UNREADABLE].count = 7;
        assert_int_equal(coverage_gap_text(&c, GAP_PROCESS_UNREADABLE, &text), 0);
        assert_string_equal(text, "the files of 7 processes cannot be seen (first: pid 1: "
                                  "Permission denied)");
        free(text);
}

static void test_names(void **state)
{
        for (enum verdict v = 0; v < _VERDICT_MAX; v++)
                assert_int_equal(netns_verdict_from_string(netns_verdict_to_string(v)), v);
        assert_int_equal(netns_verdict_from_string("lost"), -EINVAL);
}

static void test_identity(void **state)
{
        struct netns_identity a = {.inode = 5, .cookie = 10}, b = {.inode = 5, .cookie = 11};
        struct netns_identity no_cookie = {.inode = 5},
                              nameless = {.nameless = {70, 8, 411, HOLDER_SOCKET_MAPPING}};
        struct netns_identity other_pid = nameless, other_kind = nameless, no_start = nameless;
        char name[NETNS_NAME_MAX];

        /* The number was reused: two namespaces. */
        assert_false(netns_identity_equal(&a, &b));
        assert_true(netns_identity_equal(&a, &a));
        assert_true(netns_identity_equal(&a, &no_cookie));
        assert_true(netns_identity_equal(&nameless, &nameless));
        assert_false(netns_identity_equal(&nameless, &a));
        other_pid.nameless.pid = 412;
        assert_false(netns_identity_equal(&nameless, &other_pid));
        other_kind.nameless.kind = HOLDER_PROC_NET_FILE;
        assert_false(netns_identity_equal(&nameless, &other_kind));
        no_start.nameless.start_ticks = 0;
        assert_true(netns_identity_equal(&nameless, &no_start));
        assert_true(netns_nameless_compare(&nameless.nameless, &other_pid.nameless) < 0);
        assert_int_equal(netns_nameless_compare(&nameless.nameless, &nameless.nameless), 0);
        assert_string_equal(netns_identity_format(&a, name), "net:[5]");
        assert_string_equal(netns_identity_format(&nameless, name), "net:[?411/8]");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_each_kind_alone),
                cmocka_unit_test(test_strongest_wins),
                cmocka_unit_test(test_coverage),
                cmocka_unit_test(test_partial),
                cmocka_unit_test(test_pins),
                cmocka_unit_test(test_gap_text_counts),
                cmocka_unit_test(test_names),
                cmocka_unit_test(test_identity),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
