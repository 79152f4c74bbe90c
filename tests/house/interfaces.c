/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Prints what others rely on, as the product's own tables and writers have it, one thing a line:
 * for test_interfaces.py, which holds it against docs/interfaces.txt. */

#include <stdio.h>
#include <string.h>

#include "inspect/cause.h"
#include "inspect/container.h"
#include "inspect/origin.h"
#include "netlink/rt-link.h"
#include "netlink/sock-record.h"
#include "nsorphanctl/by-holder.h"
#include "nsorphanctl/check-answer.h"
#include "nsorphanctl/explained.h"
#include "nsorphanctl/graph.h"
#include "nsorphanctl/list-json.h"
#include "nsorphanctl/netns-table.h"
#include "nsorphanctl/options.h"
#include "nsorphanctl/run-report.h"
#include "nsorphanctl/trace-report.h"
#include "nsorphanctl/verbs.h"
#include "nsorphand/configuration.h"
#include "nsorphand/daemon-options.h"
#include "report/json-ledger.h"
#include "report/json.h"
#include "report/message-ids.h"
#include "report/message.h"
#include "report/metrics.h"
#include "util/exit-status.h"
#include "whole-inspection.h"

static char text[] = "x";

static struct birth_frame frame = {text, text, 1, "01"};
static struct birth birth = {.pid = 1,
                             .tid = 1,
                             .start_nsec = NSEC_PER_SEC,
                             .comm = text,
                             .thread = text,
                             .unit = text,
                             .opened_usec = 1,
                             .opened_boot_usec = 1,
                             .accepted = true,
                             .frames = &frame,
                             .n_frames = 1};

/* Everything there is to say of a holder. */
static struct holder whole_holder(struct process *process)
{
        struct holder h;

        memset(&h, 1, sizeof(h));
        h.kind = HOLDER_SOCKET_IN_FLIGHT;
        h.tid = h.pid + 1;
        h.carried = HOLDER_SOCKET;
        h.path = h.device = text;
        h.reason = h.unverified = text;
        h.process = process;
        h.birth = &birth;
        return h;
}

static void print_keys(const char *where, const json_t *value)
{
        const char *key;
        const json_t *member;
        char path[256];
        size_t i;

        if (json_is_array(value)) {
                (void)snprintf(path, sizeof(path), "%s[]", where);
                json_array_foreach(value, i, member)
                        if (i == 0)
                                print_keys(path, member);
                return;
        }
        json_object_foreach((json_t *)value, key, member) {
                printf("json %s.%s\n", where, key);
                (void)snprintf(path, sizeof(path), "%s.%s", where, key);
                print_keys(path, member);
        }
}

static void print_owned_keys(const char *where, json_t *value)
{
        print_keys(where, value);
        json_decref(value);
}

static struct process process = {.pid = 1, .start_ticks = 1, .comm = text, .unit = text};

/* What the client makes of answers of the daemon. */
static void print_json_of_client(const struct census *census, json_t *netns)
{
        struct holder holder = whole_holder(&process);
        struct by_holder_entry entry = {&holder, 1, 1, text};
        const struct by_holder by_holder = {&entry, 1};
        struct graph_node node = {.kind = GRAPH_NETNS, .id = text, .label = text};
        struct graph_edge edge = {.from = text, .to = text, .label = text};
        const struct graph graph = {.nodes = &node, .n_nodes = 1, .edges = &edge, .n_edges = 1};
        json_auto_t *status = json_census(census), *namespaces = json_pack("[O]", netns);
        json_auto_t *holders = by_holder_json(&by_holder);

        print_owned_keys("list", list_json(status, "namespaces", namespaces));
        print_owned_keys("by-holder", list_json(status, "holders", holders));
        print_owned_keys("graph", graph_json(&graph));
}

static void print_check(void)
{
        print_owned_keys("check", check_answer_json(&(struct check_answer){.counted = true}));
}

static struct history_facts whole_facts(void)
{
        return (struct history_facts){text, text, text, text, text, text, true};
}

/* With what is inside, and where nothing is known of that. */
static void print_explain(const struct census *census)
{
        struct whole_inspection whole;
        struct explained e = {
                .explain = {
                        .census = census,
                        .inspection = &whole.inspection,
                        .history = {.since_usec = 1, .leaked_usec = 1, .trace = census->trace}}};

        whole_inspection_init(&whole, &census->namespaces[0]);
        print_owned_keys("explain", explained_json(&e));
        whole.inspection.inside = NULL;
        (void)snprintf(whole.inspection.inside_error.text,
                       sizeof(whole.inspection.inside_error.text), "x");
        print_owned_keys("explain", explained_json(&e));
}

/* What is not an inspection's, whose keys are those of explain. */
static void print_run(struct census *census)
{
        struct leak leak = {.netns = &census->namespaces[0],
                            .before = &census->namespaces[0],
                            .kind = LEAKS_ORPHANED};
        struct run_report r = {.command = text,
                               .before = census,
                               .after = census,
                               .leaks = {.list = &leak, .n = 1}};

        (void)snprintf(r.failure.text, sizeof(r.failure.text), "x");
        print_owned_keys("run", run_report_json(&r));
        r.outcome.end.signal = 1;
        print_owned_keys("run", run_report_json(&r));
        r.errnum = ENOENT;
        print_owned_keys("run", run_report_json(&r));
}

static void print_trace(const struct netns *ns, const struct census *census)
{
        const struct trace_report report = {};

        print_owned_keys("trace", trace_report_json(ns, &ns->holders[0]));
        print_owned_keys("trace", trace_report_json_end(&report, &census->trace));
}

static void print_json(void)
{
        struct holder holder = whole_holder(&process);
        struct netns ns;
        struct census_share share;
        struct ledger_entry entry;
        struct history_entry history;
        struct census census = {.source = text,
                                .not_bpf = "x",
                                .trace = {BIRTH_TRACE_YES, 1, 1, 1, 1},
                                .namespaces = &ns,
                                .n_namespaces = 1,
                                .unresolved = &holder,
                                .n_unresolved = 1,
                                .shares = &share,
                                .n_shares = 1};

        struct disagreement disagreement;
        struct comparison comparison = {.list = &disagreement, .n = 1};

        memset(&disagreement, 1, sizeof(disagreement));
        disagreement.kind = COMPARE_VERDICT;
        disagreement.id.nameless.kind = HOLDER_PROC_NET_FILE;
        memset(&share, 1, sizeof(share));
        share.name[1] = 0;
        memset(&ns, 1, sizeof(ns));
        ns.verdict = VERDICT_ORPHANED;
        ns.id.nameless.kind = HOLDER_PROC_NET_FILE;
        ns.holders = &holder;
        ns.n_holders = 1;
        memset(&entry, 1, sizeof(entry));
        entry.state = LEDGER_LEAKED;
        entry.finding = LEDGER_FINDING_STRAY_THREAD;
        entry.ending = LEDGER_ENDING_NONE;
        entry.partial_reason = entry.interfaces = entry.addresses = text;
        entry.n_holders = 0;
        memset(&history, 1, sizeof(history));
        history.facts = whole_facts();
        print_owned_keys("scan", json_census(&census));
        print_owned_keys("compare", json_comparison(&comparison));
        print_explain(&census);
        print_check();
        print_run(&census);
        print_trace(&ns, &census);
        json_auto_t *netns = json_ledger_netns(&ns, &entry, &history);
        print_json_of_client(&census, netns);
}

static void print_journal_of(struct report *r, enum message_object object)
{
        struct message m;

        if (message_make(&m, r, object) < 0)
                abort();
        for (size_t i = 0; i < m.n; i++)
                printf("journal %s %.*s\n", ledger_change_to_string(r->kind),
                       (int)strcspn(m.fields[i], "="), m.fields[i]);
        message_deinit(&m);
}

static void print_journal(void)
{
        struct message marker;

        for (enum ledger_change_kind kind = 0; kind < _LEDGER_CHANGE_MAX; kind++) {
                struct report r;

                if (!ledger_change_is_journalled(kind))
                        continue;
                memset(&r, 1, sizeof(r));
                r.kind = kind;
                r.finding = LEDGER_FINDING_ORPHAN;
                r.kinds_differ = false;
                r.ending = LEDGER_ENDING_PINNED;
                r.netns.nameless.kind = HOLDER_PROC_NET_FILE;
                r.holder = r.former = whole_holder(&process);
                r.history = whole_facts();
                r.more = &r.netns;
                r.n_more = 0;
                r.partial_reason = r.interfaces = r.addresses = r.detail = r.share = text;
                r.gaps = kind == LEDGER_CHANGE_COVERAGE_DEGRADED ||
                                         kind == LEDGER_CHANGE_COVERAGE_RESTORED
                                 ? text
                                 : NULL;
                printf("message-id %s %s priority %d\n", ledger_change_to_string(kind),
                       message_id(kind), message_priority(kind));
                print_journal_of(&r, MESSAGE_OBJECT_ALIVE);
                print_journal_of(&r, MESSAGE_OBJECT_GONE);
        }
        printf("message-id interrupted %s\n", MESSAGE_ID_INTERRUPTED);
        if (message_make_marker(&marker, SD_ID128_NULL, 1) < 0)
                abort();
        for (size_t i = 0; i < marker.n; i++)
                printf("journal interrupted %.*s\n", (int)strcspn(marker.fields[i], "="),
                       marker.fields[i]);
        message_deinit(&marker);
}

static void print_options(const char *program, const struct option_key *keys, size_t n)
{
        for (size_t i = 0; i < n; i++) {
                const struct option_key *k = &keys[i];
                printf("option %s --%s", program, k->name);
                if (k->letter)
                        printf(" -%c", k->letter);
                printf(" argument %s choices %s verbs %s\n", k->argument ? k->argument : "none",
                       k->choices ? k->choices : "any", k->verbs ? k->verbs : "all");
        }
}

static void print_programs(void)
{
        print_options("nsorphanctl", options_keys, n_options_keys);
        print_options("nsorphand", daemon_options_keys, n_daemon_options_keys);
        for (size_t i = 0; i < n_verbs; i++)
                printf("verb %s %s\n", verbs[i].name, verbs[i].arguments);
        for (size_t i = 0; i < n_exit_statuses; i++)
                printf("exit-status %d %s\n", exit_statuses[i].status, exit_statuses[i].meaning);
        for (size_t i = 0; i < RUN_STATUSES; i++)
                printf("exit-status run %d %s\n", run_statuses[i].status, run_statuses[i].meaning);
        printf("exit-status check %d none %d suspected %d leaked %d unknown\n", CHECK_NONE,
               CHECK_SUSPECTED, CHECK_LEAKED, CHECK_UNKNOWN);
        for (enum netns_column c = 0; c < _COLUMN_MAX; c++)
                printf("column %s\n", netns_table_column_name(c));
        for (size_t i = 0; i < n_configuration_keys; i++)
                printf("configuration [%s] %s= default \"%s\"\n", configuration_keys[i].section,
                       configuration_keys[i].name, configuration_keys[i].default_value);
}

static void print_words_of_inspection(void)
{
        for (size_t i = 0; i < n_causes; i++)
                printf("word cause %s\n", causes[i].name);
        for (enum origin_kind k = ORIGIN_UNKNOWN + 1; k < _ORIGIN_KIND_MAX; k++)
                printf("word origin %s\n", origin_kind_to_string(k));
        for (unsigned state = 0; rt_link_state_to_string(state); state++)
                printf("word link-state %s\n", rt_link_state_to_string(state));
        for (uint8_t state = 1; state < 16; state++)
                printf("word socket-state %s\n",
                       sock_record_state_to_string(&(struct sock_record){.state = state}));
        for (const char *const *m = container_managers; *m; m++)
                printf("word manager %s\n", *m);
}

static void print_words(void)
{
        for (enum holder_kind k = HOLDER_NONE + 1; k < _HOLDER_KIND_MAX; k++)
                printf("word holder %s\n", holder_kind_to_string(k));
        for (enum verdict v = 0; v < _VERDICT_MAX; v++)
                printf("word verdict %s\n", netns_verdict_to_string(v));
        for (enum compare_kind k = 0; k < _COMPARE_KIND_MAX; k++)
                printf("word disagreement %s\n", compare_kind_to_string(k));
        for (enum leaks_kind k = LEAKS_NONE + 1; k < _LEAKS_KIND_MAX; k++)
                printf("word leak %s\n", leaks_kind_to_string(k));
        for (enum ledger_state s = LEDGER_NONE + 1; s < _LEDGER_STATE_MAX; s++)
                printf("word state %s\n", ledger_entry_state_to_string(s));
        for (enum ledger_ending e = LEDGER_ENDING_NONE + 1; e < _LEDGER_ENDING_MAX; e++)
                printf("word ending %s\n", ledger_entry_ending_to_string(e));
        for (enum ledger_change_kind k = 0; k < _LEDGER_CHANGE_MAX; k++)
                printf("word change %s\n", ledger_change_to_string(k));
        for (enum coverage_gap g = 0; g < _COVERAGE_GAP_MAX; g++)
                printf("word gap %s\n", coverage_gap_to_string(g));
        for (enum scan_source s = SCAN_SOURCE_AUTO + 1; s < _SCAN_SOURCE_MAX; s++)
                printf("word source %s\n", scan_source_to_string(s));
        for (enum metrics_format f = 0; f < _METRICS_FORMAT_MAX; f++)
                printf("word metrics-format %s\n", metrics_format_to_string(f));
        print_words_of_inspection();
}

/* The samples that a text has: names and labels, with what is said of them. */
static void print_metrics_text(const struct metrics_source *source, enum metrics_format format)
{
        char *metrics = metrics_text(source, format), *save = NULL;

        if (!metrics)
                abort();
        for (char *line = strtok_r(metrics, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
                if (strncmp(line, "# HELP", 6) != 0)
                        printf("%s %.*s\n", metrics_format_to_string(format),
                               *line == '#' ? (int)strlen(line) : (int)strcspn(line, " "), line);
        free(metrics);
}

static void print_metrics(void)
{
        const struct ledger_settings settings = {};
        struct census census = {.source = "bpf", .coverage = {}};
        struct ledger *ledger;

        if (ledger_new(&ledger, &settings) < 0)
                abort();
        census.start_usec = census.duration_usec = 1;
        const struct metrics_source source = {.version = "0", .census = &census, .ledger = ledger};
        for (size_t i = 0; i < n_metrics_families; i++)
                printf("metric io.nsorphan.Scanner.%s %s%s%s\n", metrics_families[i].name,
                       metrics_families[i].type == METRIC_COUNTER  ? "counter"
                       : metrics_families[i].type == METRIC_STRING ? "string"
                                                                   : "gauge",
                       metrics_families[i].of_object ? " object " : "",
                       metrics_families[i].of_object ? metrics_families[i].label : "");
        for (enum metrics_format f = 0; f < _METRICS_FORMAT_MAX; f++)
                print_metrics_text(&source, f);
        ledger_free(ledger);
}

int main(void)
{
        print_programs();
        print_words();
        print_json();
        print_journal();
        print_metrics();
        return 0;
}
