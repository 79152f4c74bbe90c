/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "report/metrics.h"
#include "ledger/teardown-watch.h"
#include "util/product.h"

#include <inttypes.h>
#include <stdio.h>

#define PREFIX PRODUCT_INTERFACE "."

static int collect_namespaces(const struct metric_family *family,
                              const struct metrics_source *source, struct metric_sink *sink)
{
        int r = 0;

        for (enum verdict v = 0; source->census && r >= 0 && v < _VERDICT_MAX; v++)
                r = sink->take(sink, family, "verdict", netns_verdict_to_string(v),
                               census_count(source->census, v));
        return r;
}

static int collect_orphans(const struct metric_family *family, const struct metrics_source *source,
                           struct metric_sink *sink)
{
        int r = 0;

        for (enum ledger_state s = LEDGER_SUSPECTED; r >= 0 && s < _LEDGER_STATE_MAX; s++)
                r = sink->take(sink, family, "state", ledger_entry_state_to_string(s),
                               ledger_count_state(source->ledger, s, NULL));
        return r;
}

static int collect_leaks(const struct metric_family *family, const struct metrics_source *source,
                         struct metric_sink *sink)
{
        return sink->take(sink, family, NULL, NULL, source->n_leaks);
}

static int collect_scans(const struct metric_family *family, const struct metrics_source *source,
                         struct metric_sink *sink)
{
        int r = sink->take(sink, family, "result", "finished", source->n_scans);
        return r < 0 ? r : sink->take(sink, family, "result", "failed", source->n_failed);
}

static int collect_checks(const struct metric_family *family, const struct metrics_source *source,
                          struct metric_sink *sink)
{
        return sink->take(sink, family, NULL, NULL, source->n_checks);
}

static int collect_disagreements(const struct metric_family *family,
                                 const struct metrics_source *source, struct metric_sink *sink)
{
        return sink->take(sink, family, NULL, NULL, source->n_disagreements);
}

static int collect_skipped(const struct metric_family *family, const struct metrics_source *source,
                           struct metric_sink *sink)
{
        return sink->take(sink, family, NULL, NULL, source->n_skipped);
}

/* How many there are, procfs does not say. */
static int collect_stuck(const struct metric_family *family, const struct metrics_source *source,
                         struct metric_sink *sink)
{
        const struct teardown_watch *w = ledger_teardown(source->ledger);

        return w->known ? sink->take(sink, family, NULL, NULL, w->n_stuck) : 0;
}

/* Families that are one number of the last census. */
#define DEFINE_COLLECT(what, expression)                                                           \
        static int collect_##what(const struct metric_family *family,                              \
                                  const struct metrics_source *source, struct metric_sink *sink)   \
        {                                                                                          \
                const struct census *c = source->census;                                           \
                return c ? sink->take(sink, family, NULL, NULL, (expression)) : 0;                 \
        }

DEFINE_COLLECT(unnamed, census_count_unnamed(c))
DEFINE_COLLECT(empty, census_count_empty(c))
DEFINE_COLLECT(scan_duration, c->duration_usec)
DEFINE_COLLECT(scan_time, c->start_usec)
DEFINE_COLLECT(complete, c->coverage.complete)
DEFINE_COLLECT(unreadable, c->coverage.unreadable_processes)
DEFINE_COLLECT(unresolved, c->coverage.unresolved_holders)
DEFINE_COLLECT(processes, c->coverage.processes)
DEFINE_COLLECT(sockets, c->coverage.sockets)

const struct metric_family metrics_families[] = {
        {"namespacesTotal", "nsorphan_namespaces", METRIC_GAUGE, false,
         "Network namespaces found by the last scan, by verdict", collect_namespaces},
        {"namespacesUnnamed", "nsorphan_namespaces_unnamed", METRIC_GAUGE, false,
         "Pinned namespaces without a process and without a name, kept only by open files",
         collect_unnamed},
        {"namespacesEmpty", "nsorphan_namespaces_empty", METRIC_GAUGE, false,
         "Pinned namespaces kept only by mounts, without a process, a socket and an open file",
         collect_empty},
        {"orphansTotal", "nsorphan_orphans", METRIC_GAUGE, false,
         "Orphaned network namespaces in the ledger, by state", collect_orphans},
        {"namespacesStuck", "nsorphan_namespaces_stuck", METRIC_GAUGE, false,
         "Namespaces that nothing refers to and that wait to be torn down for over a minute "
         "(known where scans are by BPF)",
         collect_stuck},
        {"leaksTotal", "nsorphan_leaks", METRIC_COUNTER, false,
         "Namespaces that became leaks since the daemon started", collect_leaks},
        {"scansTotal", "nsorphan_scans", METRIC_COUNTER, false,
         "Scans since the daemon started, by result", collect_scans},
        {"scanDurationUSec", "nsorphan_scan_duration_seconds", METRIC_GAUGE, true,
         "How long the last scan took", collect_scan_duration},
        {"scanStartUSec", "nsorphan_scan_start_timestamp_seconds", METRIC_GAUGE, true,
         "When the last scan began, since 1970-01-01 UTC", collect_scan_time},
        {"crossChecksTotal", "nsorphan_cross_checks", METRIC_COUNTER, false,
         "Censuses by BPF held against one by procfs since the daemon started", collect_checks},
        {"disagreementsTotal", "nsorphan_cross_check_disagreements", METRIC_COUNTER, false,
         "What BPF and procfs disagreed in since the daemon started, and nothing explains",
         collect_disagreements},
        {"coverageComplete", "nsorphan_coverage_complete", METRIC_GAUGE, false,
         "Whether the last scan saw everything that could hold a namespace (1) or not (0)",
         collect_complete},
        {"processesUnreadable", "nsorphan_processes_unreadable", METRIC_GAUGE, false,
         "Processes that the last scan could not read", collect_unreadable},
        {"processesSkipped", "nsorphan_processes_skipped", METRIC_GAUGE, false,
         "Processes left out because an earlier scan is stuck on them", collect_skipped},
        {"holdersUnresolved", "nsorphan_holders_unresolved", METRIC_GAUGE, false,
         "Holders seen by the last scan whose namespace could not be told", collect_unresolved},
        {"processesTotal", "nsorphan_processes", METRIC_GAUGE, false,
         "Processes seen by the last scan", collect_processes},
        {"socketsTotal", "nsorphan_sockets", METRIC_GAUGE, false, "Sockets seen by the last scan",
         collect_sockets},
};

const size_t n_metrics_families = ARRAY_SIZE(metrics_families);

static const char *const type_names[] = {
        [METRIC_GAUGE] = "gauge",
        [METRIC_COUNTER] = "counter",
};

struct text_sink {
        struct metric_sink sink;
        FILE *f;
};

static int take_text(struct metric_sink *sink, const struct metric_family *family,
                     const char *label, const char *label_value, uint64_t value)
{
        FILE *f = ((struct text_sink *)sink)->f;

        fprintf(f, "%s%s", family->open_name, family->type == METRIC_COUNTER ? "_total" : "");
        if (label)
                fprintf(f, "{%s=\"%s\"}", label, label_value);
        if (family->seconds)
                fprintf(f, " %" PRIu64 ".%06" PRIu64 "\n", value / USEC_PER_SEC,
                        value % USEC_PER_SEC);
        else
                fprintf(f, " %" PRIu64 "\n", value);
        return 0;
}

char *metrics_text(const struct metrics_source *source)
{
        char *text = NULL;
        size_t size = 0;
        FILE *f = open_memstream(&text, &size);
        if (!f)
                return NULL;
        struct text_sink sink = {{take_text}, f};

        for (size_t i = 0; i < n_metrics_families; i++) {
                const struct metric_family *family = &metrics_families[i];
                fprintf(f, "# TYPE %s %s\n", family->open_name, type_names[family->type]);
                if (family->seconds)
                        fprintf(f, "# UNIT %s seconds\n", family->open_name);
                fprintf(f, "# HELP %s %s.\n", family->open_name, family->description);
                (void)family->collect(family, source, &sink.sink);
        }
        fputs("# EOF\n", f);
        if (fclose(f) != 0) {
                free(text);
                return NULL;
        }
        return text;
}

struct json_sink {
        struct metric_sink sink;
        json_t *array;
};

static int take_json(struct metric_sink *sink, const struct metric_family *family,
                     const char *label, const char *label_value, uint64_t value)
{
        json_t *array = ((struct json_sink *)sink)->array;
        json_auto_t *o =
                json_pack("{s:s+, s:I}", "name", PREFIX, family->name, "value", (json_int_t)value);
        if (!o ||
            (label && json_object_set_new(o, "fields", json_pack("{ss}", label, label_value)) < 0))
                return -ENOMEM;
        return json_array_append(array, o) < 0 ? -ENOMEM : 0;
}

json_t *metrics_json(const struct metrics_source *source)
{
        json_auto_t *array = json_array();
        struct json_sink sink = {{take_json}, array};

        for (size_t i = 0; array && i < n_metrics_families; i++)
                if (metrics_families[i].collect(&metrics_families[i], source, &sink.sink) < 0)
                        return NULL;
        return TAKE_PTR(array);
}

json_t *metrics_describe_json(void)
{
        json_auto_t *array = json_array();

        for (size_t i = 0; array && i < n_metrics_families; i++) {
                const struct metric_family *family = &metrics_families[i];
                if (json_array_append_new(array, json_pack("{s:s+, s:s, s:s}", "name", PREFIX,
                                                           family->name, "description",
                                                           family->description, "type",
                                                           type_names[family->type])) < 0)
                        return NULL;
        }
        return TAKE_PTR(array);
}
