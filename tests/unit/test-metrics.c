/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "ledger/update.h"
#include "report/metrics-unit.h"
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
                .source = "procfs",
                .start_usec = 1700000000250000,
                .duration_usec = 12345,
                .namespaces = f->namespaces,
                .n_namespaces = 3,
                .coverage = {.complete = true,
                             .sockets = 7,
                             .unresolved_holders = 1,
                             .gaps = {[GAP_FD_REFUSED] = {3, 0, 0}}},
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
                                              .n_leaks = 2,
                                              .version = "1.2\"\\"};
        _cleanup_free_ char *text = metrics_text(&source, METRICS_OPENMETRICS);

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
        assert_non_null(strstr(text, "nsorphan_last_scan_timestamp_seconds 1700000000.262345\n"));
        assert_non_null(strstr(text, "nsorphan_coverage_complete 1\n"));
        assert_non_null(strstr(text, "nsorphan_holders_unresolved 1\n"));
        assert_non_null(strstr(text, "nsorphan_coverage_gaps{kind=\"fd_refused\"} 3\n"));
        assert_non_null(strstr(text, "nsorphan_coverage_gaps{kind=\"fault\"} 0\n"));
        assert_non_null(strstr(text, "# TYPE nsorphan_build info\n"));
        assert_non_null(strstr(text, "nsorphan_build_info{version=\"1.2\\\"\\\\\"} 1\n"));
        /* OpenMetrics ends so, with nothing behind it. */
        assert_string_equal(text + strlen(text) - 6, "# EOF\n");
}

/* There a counter's whole name stands in the lines about it, and there are no other comments. */
static void test_prometheus(void **state)
{
        const struct fixture *f = *state;
        const struct metrics_source source = {
                .version = "1", .census = &f->census, .ledger = f->ledger};
        _cleanup_free_ char *text = metrics_text(&source, METRICS_PROMETHEUS);

        assert_non_null(strstr(text, "# HELP nsorphan_leaks_total Namespaces that became"));
        assert_non_null(strstr(text, "# TYPE nsorphan_leaks_total counter\n"));
        assert_non_null(strstr(text, "\nnsorphan_leaks_total 0\n"));
        assert_non_null(strstr(text, "# TYPE nsorphan_build_info gauge\n"));
        assert_null(strstr(text, "# UNIT"));
        assert_null(strstr(text, "# EOF"));
        assert_int_equal(metrics_format_from_string("prometheus"), METRICS_PROMETHEUS);
        assert_int_equal(metrics_format_from_string("openmetrics"), METRICS_OPENMETRICS);
        assert_int_equal(metrics_format_from_string("text"), -EINVAL);
}

/* The kernel's word is there by BPF alone; what procfs does not know is not zero. */
static void test_references(void **state)
{
        struct fixture *f = *state;
        const struct metrics_source source = {
                .version = "1", .census = &f->census, .ledger = f->ledger};
        _cleanup_free_ char *procfs = metrics_text(&source, METRICS_PROMETHEUS);

        f->namespaces[1].references =
                (struct netns_references){.known = true, .counted = 5, .explained = 3};
        f->namespaces[2].references =
                (struct netns_references){.known = true, .counted = 1, .explained = 2};
        f->census.source = "bpf";
        _cleanup_free_ char *bpf = metrics_text(&source, METRICS_PROMETHEUS);
        assert_null(strstr(procfs, "\nnsorphan_references_unexplained "));
        assert_non_null(strstr(procfs, "nsorphan_source_info{source=\"procfs\"} 1\n"));
        assert_non_null(strstr(bpf, "\nnsorphan_references_unexplained 2\n"));
        assert_non_null(strstr(bpf, "nsorphan_source_info{source=\"bpf\"} 1\n"));
}

#define UNITS (METRICS_UNITS_MAX + 5)

/* Unit k has k leaks, one unit is none by name, and one holder is of none. */
static void test_units(void **state)
{
        struct fixture *f = *state;
        static char names[UNITS + 1][32];
        static struct process processes[UNITS + 1];
        static struct holder holders[UNITS + 1];
        static struct netns namespaces[UNITS * UNITS];
        struct ledger_time now = {.realtime_usec = 1700000000000000, .boottime_usec = 1000000};
        size_t n = 0;
        char line[128];

        for (size_t k = 0; k <= UNITS; k++) {
                (void)snprintf(names[k], sizeof(names[k]),
                               k == 0 ? "\"}evil" : "u-%02zu\\x2d.service", k);
                processes[k] = (struct process){.unit = k < UNITS ? names[k] : NULL};
                holders[k] =
                        (struct holder){.kind = HOLDER_SOCKET, .fd = -1, .process = &processes[k]};
                for (size_t i = 0; i < (k == 0 || k == UNITS ? 1 : k); i++, n++)
                        namespaces[n] = (struct netns){.id = {.inode = n + 1, .cookie = n + 1},
                                                       .verdict = VERDICT_ORPHANED,
                                                       .count[HOLDER_SOCKET] = 1,
                                                       .holders = &holders[k],
                                                       .n_holders = 1};
        }
        f->census.namespaces = namespaces;
        f->census.n_namespaces = n;
        assert_true(ledger_update(f->ledger, &f->census, &now) > 0);
        now.realtime_usec += 1000000;
        now.boottime_usec += 1000000;
        assert_true(ledger_update(f->ledger, &f->census, &now) > 0);
        const struct metrics_source source = {.version = "1", .ledger = f->ledger};
        _cleanup_free_ char *text = metrics_text(&source, METRICS_PROMETHEUS);

        /* 1 + 2 + 3 + 4 of units with few, and two of none. */
        assert_non_null(strstr(text, "\nnsorphan_unit_leaks{unit=\"other\"} 12\n"));
        for (size_t k = 1; k < UNITS; k++) {
                (void)snprintf(line, sizeof(line),
                               "\nnsorphan_unit_leaks{unit=\"u-%02zu\\\\x2d.service\"} %zu\n", k,
                               k);
                assert_int_equal(strstr(text, line) != NULL, k >= UNITS - METRICS_UNITS_MAX);
        }
        assert_null(strstr(text, "evil"));
        assert_non_null(
                strstr(text, "\nnsorphan_oldest_leak_timestamp_seconds 1700000000.000000\n"));

        json_auto_t *list = metrics_json(&source);
        json_auto_t *expected = json_pack("{ss ss sI}", "name", "io.nsorphan.Scanner.UnitLeaks",
                                          "object", "u-36\\x2d.service", "value", (json_int_t)36);
        bool found = false;
        size_t i;
        json_t *metric;
        json_array_foreach(list, i, metric)
                found |= json_equal(metric, expected);
        assert_true(found);
}

static void test_before_the_first_scan(void **state)
{
        const struct fixture *f = *state;
        const struct metrics_source source = {.version = "1", .ledger = f->ledger};
        _cleanup_free_ char *text = metrics_text(&source, METRICS_PROMETHEUS);

        /* Nothing known is not zero. */
        assert_null(strstr(text, "nsorphan_namespaces{"));
        assert_null(strstr(text, "\nnsorphan_scan_duration_seconds "));
        assert_null(strstr(text, "\nnsorphan_oldest_leak_timestamp_seconds "));
        assert_null(strstr(text, "\nnsorphan_unit_leaks{"));
        assert_non_null(strstr(text, "nsorphan_orphans{state=\"leaked\"} 0\n"));
}

#define LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

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
                /* As systemd's own: io.systemd.Manager.UnitsByTypeTotal; Describe is in order. */
                assert_true(family->name[0] >= 'A' && family->name[0] <= 'Z');
                assert_int_equal(strspn(family->name, LETTERS), strlen(family->name));
                if (i > 0)
                        assert_true(strcmp(metrics_families[i - 1].name, family->name) < 0);
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
                .version = "1", .census = &f->census, .ledger = f->ledger, .n_leaks = 2};
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
                const json_t *value = json_object_get(metric, "value");
                assert_true(json_is_integer(value) || json_is_string(value));
        }
        json_auto_t *expected =
                json_pack("{ss sI s{ss}}", "name", "io.nsorphan.Scanner.NamespacesByVerdictTotal",
                          "value", (json_int_t)2, "fields", "verdict", "orphaned");
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
                cmocka_unit_test_setup_teardown(test_prometheus, setup, teardown),
                cmocka_unit_test_setup_teardown(test_references, setup, teardown),
                cmocka_unit_test_setup_teardown(test_units, setup, teardown),
                cmocka_unit_test(test_names),
                cmocka_unit_test_setup_teardown(test_json, setup, teardown),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
