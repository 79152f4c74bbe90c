/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "report/metrics-families.h"

#include "ledger/teardown-watch.h"
#include "report/metrics-unit.h"

static int collect_namespaces(const struct metric_family *family,
                              const struct metrics_source *source, struct metric_sink *sink)
{
        int r = 0;

        for (enum verdict v = 0; source->census && r >= 0 && v < _VERDICT_MAX; v++)
                r = sink->take(sink, family, netns_verdict_to_string(v),
                               census_count(source->census, v));
        return r;
}

static int collect_gaps(const struct metric_family *family, const struct metrics_source *source,
                        struct metric_sink *sink)
{
        int r = 0;

        for (enum coverage_gap g = 0; source->census && r >= 0 && g < _COVERAGE_GAP_MAX; g++)
                r = sink->take(sink, family, coverage_gap_to_string(g),
                               source->census->coverage.gaps[g].count);
        return r;
}

static int collect_orphans(const struct metric_family *family, const struct metrics_source *source,
                           struct metric_sink *sink)
{
        int r = 0;

        for (enum ledger_state s = LEDGER_SUSPECTED; r >= 0 && s < _LEDGER_STATE_MAX; s++)
                r = sink->take(sink, family, ledger_entry_state_to_string(s),
                               ledger_count_state(source->ledger, s, NULL));
        return r;
}

/* When the oldest leak was first seen as an orphan. */
static int collect_oldest_leak(const struct metric_family *family,
                               const struct metrics_source *source, struct metric_sink *sink)
{
        uint64_t oldest = UINT64_MAX;

        for (size_t i = 0; i < ledger_count(source->ledger); i++) {
                const struct ledger_entry *e = ledger_get(source->ledger, i);
                if (e->state == LEDGER_LEAKED)
                        oldest = MIN(oldest, e->first_seen_usec);
        }
        return oldest == UINT64_MAX ? 0 : sink->take(sink, family, NULL, oldest);
}

/* Where the kernel's word is known: of namespaces that no task is in, by BPF. */
static int collect_unexplained(const struct metric_family *family,
                               const struct metrics_source *source, struct metric_sink *sink)
{
        const struct census *c = source->census;
        uint64_t n = 0;

        if (!c || !census_is_by_bpf(c))
                return 0;
        for (size_t i = 0; i < c->n_namespaces; i++) {
                const struct netns_references *r = &c->namespaces[i].references;
                if (r->known && r->counted > r->explained)
                        n += r->counted - r->explained;
        }
        return sink->take(sink, family, NULL, n);
}

static int collect_scans(const struct metric_family *family, const struct metrics_source *source,
                         struct metric_sink *sink)
{
        int r = sink->take(sink, family, "failed", source->n_failed);
        return r < 0 ? r : sink->take(sink, family, "finished", source->n_scans);
}

static int collect_version(const struct metric_family *family, const struct metrics_source *source,
                           struct metric_sink *sink)
{
        return sink->take(sink, family, source->version, 1);
}

static int collect_source(const struct metric_family *family, const struct metrics_source *source,
                          struct metric_sink *sink)
{
        return source->census ? sink->take(sink, family, source->census->source, 1) : 0;
}

/* How many there are, procfs does not say. */
static int collect_stuck(const struct metric_family *family, const struct metrics_source *source,
                         struct metric_sink *sink)
{
        const struct teardown_watch *w = ledger_teardown(source->ledger);

        return w->known ? sink->take(sink, family, NULL, w->n_stuck) : 0;
}

/* Families that are one number of the source. */
#define DEFINE_COLLECT_COUNT(what, member)                                                         \
        static int collect_##what(const struct metric_family *family,                              \
                                  const struct metrics_source *source, struct metric_sink *sink)   \
        {                                                                                          \
                return sink->take(sink, family, NULL, source->member);                             \
        }

/* Families that are one number of the notes of births, where there are such. */
#define DEFINE_COLLECT_TRACE(what, member)                                                         \
        static int collect_##what(const struct metric_family *family,                              \
                                  const struct metrics_source *source, struct metric_sink *sink)   \
        {                                                                                          \
                return source->trace.which == BIRTH_TRACE_NO                                       \
                               ? 0                                                                 \
                               : sink->take(sink, family, NULL, source->trace.member);             \
        }

DEFINE_COLLECT_TRACE(births, now)
DEFINE_COLLECT_TRACE(births_noted, noted)
DEFINE_COLLECT_TRACE(births_refused, refused)

DEFINE_COLLECT_COUNT(leaks, n_leaks)
DEFINE_COLLECT_COUNT(checks, n_checks)
DEFINE_COLLECT_COUNT(disagreements, n_disagreements)
DEFINE_COLLECT_COUNT(skipped, n_skipped)

/* Families that are one number of the last census. */
#define DEFINE_COLLECT(what, expression)                                                           \
        static int collect_##what(const struct metric_family *family,                              \
                                  const struct metrics_source *source, struct metric_sink *sink)   \
        {                                                                                          \
                const struct census *c = source->census;                                           \
                return c ? sink->take(sink, family, NULL, (expression)) : 0;                       \
        }

DEFINE_COLLECT(unnamed, census_count_unnamed(c))
DEFINE_COLLECT(empty, census_count_empty(c))
DEFINE_COLLECT(scan_duration, c->duration_usec)
DEFINE_COLLECT(last_scan, c->start_usec + c->duration_usec)
DEFINE_COLLECT(complete, c->coverage.complete)
DEFINE_COLLECT(unreadable, c->coverage.unreadable_processes)
DEFINE_COLLECT(unresolved, c->coverage.unresolved_holders)
DEFINE_COLLECT(processes, c->coverage.processes)
DEFINE_COLLECT(sockets, c->coverage.sockets)

const struct metric_family metrics_families[] = {
        {"BirthsKept", "nsorphan_births", METRIC_GAUGE, NULL, false, false,
         "Open sockets of which it is known who opened them (where Sockets= asks for it)",
         collect_births},
        {"BirthsNotedTotal", "nsorphan_births_noted", METRIC_COUNTER, NULL, false, false,
         "Sockets of which it was noted who opened them, since that is noted",
         collect_births_noted},
        {"BirthsRefusedTotal", "nsorphan_births_refused", METRIC_COUNTER, NULL, false, false,
         "Sockets of which it was not noted, for want of room", collect_births_refused},
        {"CoverageComplete", "nsorphan_coverage_complete", METRIC_GAUGE, NULL, false, false,
         "Whether the last scan saw everything that could hold a namespace (1) or not (0)",
         collect_complete},
        {"CoverageGapsByKindTotal", "nsorphan_coverage_gaps", METRIC_GAUGE, "kind", false, false,
         "What the last scan did not see, by kind of gap", collect_gaps},
        {"CrossCheckDisagreementsTotal", "nsorphan_cross_check_disagreements", METRIC_COUNTER, NULL,
         false, false,
         "What BPF and procfs disagreed in since the daemon started, and nothing explains",
         collect_disagreements},
        {"CrossChecksTotal", "nsorphan_cross_checks", METRIC_COUNTER, NULL, false, false,
         "Censuses by BPF held against one by procfs since the daemon started", collect_checks},
        {"HoldersUnresolved", "nsorphan_holders_unresolved", METRIC_GAUGE, NULL, false, false,
         "Holders seen by the last scan whose namespace cannot be determined", collect_unresolved},
        {"LastScanTimestamp", "nsorphan_last_scan_timestamp_seconds", METRIC_GAUGE, NULL, false,
         true, "When the last scan that succeeded ended, since 1970-01-01 UTC", collect_last_scan},
        {"LeaksTotal", "nsorphan_leaks", METRIC_COUNTER, NULL, false, false,
         "Namespaces that became leaks since the daemon started", collect_leaks},
        {"NamespacesByVerdictTotal", "nsorphan_namespaces", METRIC_GAUGE, "verdict", false, false,
         "Network namespaces found by the last scan, by verdict", collect_namespaces},
        {"NamespacesEmpty", "nsorphan_namespaces_empty", METRIC_GAUGE, NULL, false, false,
         "Pinned namespaces kept only by mounts, without a process, a socket and an open file",
         collect_empty},
        {"NamespacesStuck", "nsorphan_namespaces_stuck", METRIC_GAUGE, NULL, false, false,
         "Namespaces that nothing refers to and that wait to be torn down for over a minute "
         "(known where scans are by BPF)",
         collect_stuck},
        {"NamespacesUnnamed", "nsorphan_namespaces_unnamed", METRIC_GAUGE, NULL, false, false,
         "Pinned namespaces without a process and without a name, kept only by open files",
         collect_unnamed},
        {"OldestLeakTimestamp", "nsorphan_oldest_leak_timestamp_seconds", METRIC_GAUGE, NULL, false,
         true, "When the oldest leak was first seen as an orphan, since 1970-01-01 UTC",
         collect_oldest_leak},
        {"OrphansByStateTotal", "nsorphan_orphans", METRIC_GAUGE, "state", false, false,
         "Orphaned network namespaces in the ledger, by state", collect_orphans},
        {"ProcessesSkipped", "nsorphan_processes_skipped", METRIC_GAUGE, NULL, false, false,
         "Processes left out because an earlier scan is stuck on them", collect_skipped},
        {"ProcessesTotal", "nsorphan_processes", METRIC_GAUGE, NULL, false, false,
         "Processes seen by the last scan", collect_processes},
        {"ProcessesUnreadable", "nsorphan_processes_unreadable", METRIC_GAUGE, NULL, false, false,
         "Processes that the last scan was refused", collect_unreadable},
        {"ReferencesUnexplained", "nsorphan_references_unexplained", METRIC_GAUGE, NULL, false,
         false,
         "References that the kernel counts on namespaces without a task, and that nothing found "
         "accounts for (known where scans are by BPF)",
         collect_unexplained},
        {"ScanDurationUSec", "nsorphan_scan_duration_seconds", METRIC_GAUGE, NULL, false, true,
         "How long the last scan took", collect_scan_duration},
        {"ScansByResultTotal", "nsorphan_scans", METRIC_COUNTER, "result", false, false,
         "Scans since the daemon started, by result", collect_scans},
        {"SocketsTotal", "nsorphan_sockets", METRIC_GAUGE, NULL, false, false,
         "Sockets seen by the last scan", collect_sockets},
        {"Source", "nsorphan_source", METRIC_STRING, "source", false, false,
         "Where the last scan got its evidence: bpf or procfs", collect_source},
        {"UnitLeaks", "nsorphan_unit_leaks", METRIC_GAUGE, "unit", true, false,
         "Leaks by the systemd unit of their first holder: the 32 units that have most of them, and "
         "the rest as other",
         metrics_unit_collect},
        {"Version", "nsorphan_build", METRIC_STRING, "version", false, false,
         "Version of nsorphand", collect_version},
};

const size_t n_metrics_families = ARRAY_SIZE(metrics_families);
