/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The recipe: which source makes the census, and what it does not do itself. With sources that are
 * none: a census and an error number each. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "census/scan.h"
#include "test-census.h"

struct fake {
        struct source source; /* first */
        int result;           /* of the next scan */
        unsigned scans;
        unsigned made, freed;
        int made_result;
        const struct scan_options *options;
};

static struct fake bpf, procfs;

static int fake_scan(struct source *s, const struct scan_options *options,
                     struct scan_progress *progress, struct census **ret, struct error *error)
{
        struct fake *f = (struct fake *)s;

        f->scans++;
        f->options = options;
        if (f->result < 0)
                return error_set(error, -f->result, "it is only a fake");
        scan_progress_at(progress, 1, SCAN_TASKS);
        *ret = test_census();
        test_hold(test_netns(*ret, 5, 10, VERDICT_ORPHANED),
                  (struct holder){.kind = HOLDER_SOCKET, .pid = getpid(), .fd = 3});
        return 0;
}

static void fake_free(struct source *s)
{
        ((struct fake *)s)->freed++;
}

static int fake_new(struct fake *f, const char *name, struct source **ret, struct error *error)
{
        f->made++;
        if (f->made_result < 0)
                return error_set(error, -f->made_result, "it cannot be made");
        f->source = (struct source){.name = name, .scan = fake_scan, .free = fake_free};
        *ret = &f->source;
        return 0;
}

static int new_bpf(struct source **ret, struct error *reason)
{
        return fake_new(&bpf, "bpf", ret, reason);
}

static int new_procfs(struct source **ret, struct error *error)
{
        return fake_new(&procfs, "procfs", ret, error);
}

static const struct scan_sources fakes = {.procfs = new_procfs, .bpf = new_bpf};

static struct scan *scan_of_fakes(void)
{
        struct error error;
        struct scan *s;

        bpf = procfs = (struct fake){};
        assert_int_equal(scan_new_with(&s, &fakes, &error), 0);
        return s;
}

static int make(struct scan *s, enum scan_source source, struct census **ret, struct error *error)
{
        const struct scan_options options = {.source = source};

        *error = (struct error){};
        return scan_make(s, &options, NULL, ret, error);
}

/* By which source, and with which reason for not being BPF. */
static void assert_scans(struct scan *s, enum scan_source source, const char *by,
                         const char *not_bpf)
{
        _cleanup_(census_freep) struct census *census = NULL;
        struct error error;

        assert_int_equal(make(s, source, &census, &error), 0);
        assert_string_equal(census->source, by);
        assert_string_equal(census->not_bpf, not_bpf);
}

static void test_choice(void **state)
{
        _cleanup_(scan_freep) struct scan *s = scan_of_fakes();

        assert_scans(s, SCAN_SOURCE_PROCFS, "procfs", "");
        /* It is loaded when it is first asked for. */
        assert_int_equal(bpf.made, 0);
        assert_scans(s, SCAN_SOURCE_AUTO, "bpf", "");
        assert_scans(s, SCAN_SOURCE_BPF, "bpf", "");
        assert_int_equal(bpf.made, 1);
        assert_int_equal(procfs.made, 1);
        assert_int_equal(bpf.scans, 2);
        assert_int_equal(procfs.scans, 1);
        s = scan_free(s);
        assert_int_equal(bpf.freed, 1);
        assert_int_equal(procfs.freed, 1);
}

/* What both sources leave to the recipe. */
static void test_census_is_completed(void **state)
{
        static const enum scan_source sources[] = {SCAN_SOURCE_BPF, SCAN_SOURCE_PROCFS};
        _cleanup_(scan_freep) struct scan *s = scan_of_fakes();

        for (size_t i = 0; i < ARRAY_SIZE(sources); i++) {
                _cleanup_(census_freep) struct census *census = NULL;
                const struct scan_options options = {.source = sources[i], .brief = true};
                struct scan_progress progress = {};
                struct error error;

                assert_int_equal(scan_make(s, &options, &progress, &census, &error), 0);
                assert_ptr_equal((i == 0 ? &bpf : &procfs)->options, &options);
                assert_true(census->start_usec > 0 && census->start_boottime_usec > 0);
                assert_int_equal(census->n_processes, 1);
                const struct process *p = census->namespaces[0].holders[0].process;
                assert_ptr_equal(p, census->processes[0]);
                assert_string_equal(p->comm, "test-scan");
                assert_true(p->start_ticks > 0 && !p->gone);
                assert_int_equal(atomic_load(&progress.step), SCAN_IDLE);
                assert_int_equal(atomic_load(&progress.pid), 0);
                assert_true(atomic_load(&progress.beats) >= 2);
        }
}

static void test_bpf_that_can_not_be_had(void **state)
{
        _cleanup_(scan_freep) struct scan *s = scan_of_fakes();
        struct census *census;
        struct error error;

        bpf.made_result = -EPERM;
        assert_scans(s, SCAN_SOURCE_AUTO, "procfs", "it cannot be made");
        assert_int_equal(make(s, SCAN_SOURCE_BPF, &census, &error), -EOPNOTSUPP);
        assert_string_equal(error.text, "Failed to scan by BPF: it cannot be made");
        /* Asked for once. */
        bpf.made_result = 0;
        assert_scans(s, SCAN_SOURCE_AUTO, "procfs", "it cannot be made");
        assert_int_equal(bpf.made, 1);
}

static void test_bpf_that_fails(void **state)
{
        _cleanup_(scan_freep) struct scan *s = scan_of_fakes();

        bpf.result = -ENOTRECOVERABLE;
        assert_scans(s, SCAN_SOURCE_AUTO, "procfs", "it is only a fake");
        assert_int_equal(bpf.freed, 1);
        /* For good. */
        bpf.result = 0;
        assert_scans(s, SCAN_SOURCE_AUTO, "procfs", "it is only a fake");
        assert_int_equal(bpf.scans, 1);
}

/* The other witness is asked, and nothing of it kept. */
static void test_cross_check(void **state)
{
        static const struct scan_options options = {.cross_check = true};
        _cleanup_(scan_freep) struct scan *s = scan_of_fakes();
        _cleanup_(census_freep) struct census *census = NULL;
        struct error error;

        assert_int_equal(scan_make(s, &options, NULL, &census, &error), 0);
        assert_string_equal(census->source, "bpf");
        assert_true(census->check.made);
        assert_int_equal(procfs.scans, 1);
        assert_int_equal(procfs.freed, 1);
        /* It is there again when it is needed. */
        assert_scans(s, SCAN_SOURCE_PROCFS, "procfs", "");
        assert_int_equal(procfs.made, 2);
}

/* There is nothing to compare. */
static void test_no_cross_check_without_bpf(void **state)
{
        static const struct scan_options options = {.cross_check = true};
        _cleanup_(scan_freep) struct scan *s = scan_of_fakes();
        _cleanup_(census_freep) struct census *census = NULL;
        struct error error;

        bpf.made_result = -EPERM;
        assert_int_equal(scan_make(s, &options, NULL, &census, &error), 0);
        assert_false(census->check.made);
        assert_int_equal(procfs.scans, 1);
        assert_int_equal(procfs.freed, 0);
}

/* The caller knows of a disagreement that another scanner has found. */
static void test_bpf_that_is_not_believed(void **state)
{
        static const enum scan_source sources[] = {SCAN_SOURCE_AUTO, SCAN_SOURCE_BPF};
        _cleanup_(scan_freep) struct scan *s = scan_of_fakes();

        assert_scans(s, SCAN_SOURCE_AUTO, "bpf", "");
        for (size_t i = 0; i < ARRAY_SIZE(sources); i++) {
                const struct scan_options options = {
                        .source = sources[i], .not_bpf = "it lies", .cross_check = true};
                _cleanup_(census_freep) struct census *census = NULL;
                struct error error;

                assert_int_equal(scan_make(s, &options, NULL, &census, &error), 0);
                assert_string_equal(census->source, "procfs");
                assert_string_equal(census->not_bpf, "it lies");
                assert_false(census->check.made);
        }
        assert_int_equal(bpf.freed, 1);
        assert_int_equal(bpf.scans, 1);
}

/* Twice in a row is bad luck. */
static void test_bpf_that_does_not_come_to_its_end(void **state)
{
        static const struct {
                int result;
                const char *by;
        } scans[] = {
                {-EAGAIN, "procfs"}, {-ETIMEDOUT, "procfs"}, {0, "bpf"},
                {-EAGAIN, "procfs"}, {-ENOMEM, "procfs"},    {0, "bpf"},
                {-EAGAIN, "procfs"}, {-EAGAIN, "procfs"},    {-EAGAIN, "procfs"},
                {0, "procfs"},
        };
        _cleanup_(scan_freep) struct scan *s = scan_of_fakes();

        for (size_t i = 0; i < ARRAY_SIZE(scans); i++) {
                bpf.result = scans[i].result;
                assert_scans(s, SCAN_SOURCE_AUTO, scans[i].by,
                             strcmp(scans[i].by, "bpf") == 0 ? "" : "it is only a fake");
        }
        assert_int_equal(bpf.scans, ARRAY_SIZE(scans) - 1);
}

/* No reason to mistrust a source. */
static void test_what_is_nobodys_fault(void **state)
{
        _cleanup_(scan_freep) struct scan *s = scan_of_fakes();
        struct census *census;
        struct error error;

        bpf.result = -ECANCELED;
        assert_int_equal(make(s, SCAN_SOURCE_AUTO, &census, &error), -ECANCELED);
        assert_string_equal(error.text, "The scan was cancelled");
        bpf.result = 0;
        assert_scans(s, SCAN_SOURCE_AUTO, "bpf", "");
        assert_int_equal(procfs.scans, 0);
        procfs.result = -EIO;
        assert_int_equal(make(s, SCAN_SOURCE_PROCFS, &census, &error), -EIO);
        assert_string_equal(error.text, "it is only a fake");
}

static void test_cancel(void **state)
{
        _cleanup_(scan_freep) struct scan *s = scan_of_fakes();
        const struct scan_options options = {.source = SCAN_SOURCE_PROCFS};
        struct scan_progress progress = {.cancel = true};
        struct census *census;
        struct error error;

        /* The source was done already. */
        assert_int_equal(scan_make(s, &options, &progress, &census, &error), -ECANCELED);
        assert_string_equal(error.text, "The scan was cancelled");
        assert_int_equal(atomic_load(&progress.step), SCAN_IDLE);
}

static void test_no_procfs(void **state)
{
        struct error error = {};
        struct scan *s;

        procfs = (struct fake){.made_result = -ENOENT};
        assert_int_equal(scan_new_with(&s, &fakes, &error), -ENOENT);
        assert_string_equal(error.text, "it cannot be made");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_choice),
                cmocka_unit_test(test_census_is_completed),
                cmocka_unit_test(test_bpf_that_can_not_be_had),
                cmocka_unit_test(test_bpf_that_fails),
                cmocka_unit_test(test_cross_check),
                cmocka_unit_test(test_no_cross_check_without_bpf),
                cmocka_unit_test(test_bpf_that_is_not_believed),
                cmocka_unit_test(test_bpf_that_does_not_come_to_its_end),
                cmocka_unit_test(test_what_is_nobodys_fault),
                cmocka_unit_test(test_cancel),
                cmocka_unit_test(test_no_procfs),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
