/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "report/metrics.h"

struct fixture {
        struct ledger *ledger;
        struct netns namespaces[3];
        struct census census;
};

static int setup(void **state)
{
        const struct ledger_settings settings = {.grace_usec = 1};
        struct fixture *f = calloc(1, sizeof(*f));
        assert_non_null(f);
        assert_int_equal(ledger_new(&f->ledger, &settings), 0);
        f->namespaces[0].empty = true;
        f->namespaces[1].verdict = f->namespaces[2].verdict = VERDICT_ORPHANED;
        f->census = (struct census){
                .start_usec = 1700000000250000,
                .duration_usec = 12345,
                .namespaces = f->namespaces,
                .n_namespaces = 3,
                .coverage = {.complete = true, .sockets = 7, .unresolved_holders = 1},
        };
        *state = f;
        return 0;
}

static int teardown(void **state)
{
        struct fixture *f = *state;
        ledger_free(f->ledger);
        free(f);
        return 0;
}

static void test_text(void **state)
{
        const struct fixture *f = *state;
        const struct metrics_source source = {.census = &f->census,
                                              .ledger = f->ledger,
                                              .n_scans = 5,
                                              .n_failed = 1,
                                              .n_leaks = 2};
        _cleanup_free_ char *text = metrics_text(&source);

        assert_non_null(text);
        assert_non_null(strstr(text, "# TYPE nsorphan_namespaces gauge\n"));
        assert_non_null(strstr(text, "nsorphan_namespaces{verdict=\"attached\"} 1\n"));
        assert_non_null(strstr(text, "nsorphan_namespaces{verdict=\"pinned\"} 0\n"));
        assert_non_null(strstr(text, "nsorphan_namespaces{verdict=\"orphaned\"} 2\n"));
        assert_non_null(strstr(text, "\nnsorphan_namespaces_unnamed 0\n"));
        assert_non_null(strstr(text, "\nnsorphan_namespaces_empty 1\n"));
        assert_non_null(strstr(text, "# TYPE nsorphan_leaks counter\n"));
        assert_non_null(strstr(text, "nsorphan_leaks_total 2\n"));
        assert_non_null(strstr(text, "nsorphan_scans_total{result=\"finished\"} 5\n"));
        assert_non_null(strstr(text, "nsorphan_scans_total{result=\"failed\"} 1\n"));
        assert_non_null(strstr(text, "# UNIT nsorphan_scan_duration_seconds seconds\n"));
        assert_non_null(strstr(text, "nsorphan_scan_duration_seconds 0.012345\n"));
        assert_non_null(strstr(text, "nsorphan_scan_start_timestamp_seconds 1700000000.250000\n"));
        assert_non_null(strstr(text, "nsorphan_coverage_complete 1\n"));
        assert_non_null(strstr(text, "nsorphan_holders_unresolved 1\n"));
        /* OpenMetrics ends so, with nothing behind it. */
        assert_string_equal(text + strlen(text) - 6, "# EOF\n");
}

static void test_before_the_first_scan(void **state)
{
        const struct fixture *f = *state;
        const struct metrics_source source = {.ledger = f->ledger};
        _cleanup_free_ char *text = metrics_text(&source);

        /* Nothing known is not zero. */
        assert_null(strstr(text, "nsorphan_namespaces{"));
        assert_null(strstr(text, "\nnsorphan_scan_duration_seconds "));
        assert_non_null(strstr(text, "nsorphan_orphans{state=\"leaked\"} 0\n"));
}

/* The unit must end the name, and so must _total of what Prometheus takes for a counter. */
static void test_names(void **state)
{
        for (size_t i = 0; i < n_metrics_families; i++) {
                const struct metric_family *family = &metrics_families[i];
                size_t length = strlen(family->open_name);
                bool unit = length > 8 && strcmp(family->open_name + length - 8, "_seconds") == 0;
                assert_int_equal(unit, family->seconds);
                assert_null(strstr(family->open_name, "_total"));
                assert_true(strlen(family->description) > 10);
                for (size_t j = 0; j < i; j++) {
                        assert_string_not_equal(family->name, metrics_families[j].name);
                        assert_string_not_equal(family->open_name, metrics_families[j].open_name);
                }
        }
}

static void test_json(void **state)
{
        const struct fixture *f = *state;
        const struct metrics_source source = {
                .census = &f->census, .ledger = f->ledger, .n_leaks = 2};
        json_auto_t *list = metrics_json(&source), *families = metrics_describe_json();
        json_t *metric, *family;
        size_t i, j;

        assert_int_equal(json_array_size(families), n_metrics_families);
        json_array_foreach(list, i, metric) {
                const char *name = json_string_value(json_object_get(metric, "name"));
                bool described = false;
                json_array_foreach(families, j, family)
                        described |=
                                strcmp(name, json_string_value(json_object_get(family, "name"))) ==
                                0;
                assert_true(described);
                assert_true(json_is_integer(json_object_get(metric, "value")));
        }
        json_auto_t *expected =
                json_pack("{ss sI s{ss}}", "name", "io.nsorphan.Scanner.namespacesTotal", "value",
                          (json_int_t)2, "fields", "verdict", "orphaned");
        bool found = false;
        json_array_foreach(list, i, metric)
                found |= json_equal(metric, expected);
        assert_true(found);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(test_text, setup, teardown),
                cmocka_unit_test_setup_teardown(test_before_the_first_scan, setup, teardown),
                cmocka_unit_test(test_names),
                cmocka_unit_test_setup_teardown(test_json, setup, teardown),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
