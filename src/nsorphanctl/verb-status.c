/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <inttypes.h>
#include <stdio.h>

#include "nsorphanctl/ago.h"
#include "nsorphanctl/color.h"
#include "nsorphanctl/connection.h"
#include "nsorphanctl/coverage-print.h"
#include "nsorphanctl/decode.h"
#include "nsorphanctl/fail.h"
#include "nsorphanctl/fold.h"
#include "nsorphanctl/json-print.h"
#include "nsorphanctl/verb.h"
#include "util/clock.h"

static void print_scan(const struct view_status *s)
{
        const struct view_scan *scan = &s->scan;
        char ago[AGO_MAX], took[TEXT_TIMESPAN_MAX];

        if (s->error)
                printf("%12s: %s\n", "Failed scan", s->error);
        if (!s->has_scan) {
                printf("%12s: none has finished yet\n", "Last scan");
                return;
        }
        printf("%12s: %s, took %s\n", "Last scan",
               ago_format(ago, scan->start_usec, clock_usec(CLOCK_REALTIME)),
               text_format_duration(took, scan->duration_usec));
        printf("%12s: %s%s%s%s\n", "Source", text_or(scan->source, "?"),
               scan->not_bpf ? " (not BPF: " : "", text_or(scan->not_bpf, ""),
               scan->not_bpf ? ")" : "");
        printf("%12s: %" PRIu64 " attached, %" PRIu64 " pinned, %" PRIu64 " orphaned\n",
               "Namespaces", s->verdicts[VERDICT_ATTACHED], s->verdicts[VERDICT_PINNED],
               s->verdicts[VERDICT_ORPHANED]);
}

static void print_states(const struct view_status *s, bool colors)
{
        bool red = colors && s->leaked > 0;

        printf("%12s: %s%" PRIu64 " leaked%s, %" PRIu64 " suspected", "Orphans",
               red ? "\033[1;31m" : "", s->leaked, red ? "\033[0m" : "", s->suspected);
        if (s->ignored > 0)
                printf(" (%" PRIu64 " of them ignored)", s->ignored);
        putchar('\n');
}

/* Those of which not all is followed or told. */
static void print_shares(const struct view_status *s)
{
        for (size_t i = 0; i < s->n_shares; i++) {
                const struct view_share *share = &s->shares[i];
                if (share->unkept == 0 && share->held_back == 0)
                        continue;
                printf("%12s: %s has %" PRIu64 " orphan%s", "Share", text_or(share->name, "?"),
                       share->orphans, share->orphans == 1 ? "" : "s");
                if (share->unkept > 0)
                        printf(", %" PRIu64 " of them only counted", share->unkept);
                if (share->held_back > 0)
                        printf(", %" PRIu64 " alert%s held back", share->held_back,
                               share->held_back == 1 ? "" : "s");
                putchar('\n');
        }
}

static void print_teardown(const struct view_teardown *t)
{
        char ago[AGO_MAX];

        if (t->stuck == 0)
                return;
        printf("%12s: %" PRIu64
               " namespace%s that nothing refers to any more, stuck in the kernel; "
               "cookie:%" PRIu64 " was first seen so %s\n",
               "Teardown", t->stuck, t->stuck == 1 ? "" : "s", t->cookie,
               ago_format(ago, t->since_usec, clock_usec(CLOCK_REALTIME)));
}

static void print_check(const struct view_cross_check *c)
{
        char ago[AGO_MAX];

        if (c->made == 0)
                return;
        (void)ago_format(ago, c->last_usec, clock_usec(CLOCK_REALTIME));
        if (c->disagreement)
                printf("%12s: BPF and procfs disagreed %s: %s\n", "Cross-check", ago,
                       c->disagreement);
        else
                printf("%12s: procfs agreed with BPF %s (%" PRIu64 " made)\n", "Cross-check", ago,
                       c->made);
}

/* Who opens sockets. */
static void print_trace(const struct view_status *s)
{
        const struct census_trace *t = &s->trace;
        char ago[AGO_MAX];

        if (s->not_traced)
                printf("%12s: not noted: %s\n", "Births", s->not_traced);
        else if (t->which == BIRTH_TRACE_NO)
                printf("%12s: not noted (Sockets=no)\n", "Births");
        else
                printf("%12s: noted since %s (Sockets=%s), %" PRIu64 " so far, %" PRIu64
                       " of sockets that are open, %" PRIu64 " refused for want of room\n",
                       "Births", ago_format(ago, t->since_usec, clock_usec(CLOCK_REALTIME)),
                       birth_trace_to_string(t->which), t->noted, t->now, t->refused);
}

static void print_next(const struct view_status *s)
{
        const struct view_running *running = &s->running;
        uint64_t next = s->next_scan_usec, now = clock_usec(CLOCK_REALTIME);
        char span[TEXT_TIMESPAN_MAX], interval[TEXT_TIMESPAN_MAX];

        if (s->is_running) {
                uint64_t start = running->start_usec;
                printf("%12s: for %s, %s process %d", "Scanning",
                       text_format_duration(span, now > start ? now - start : 0),
                       text_or(running->step, "at"), running->pid);
                if (running->idle_usec >= USEC_PER_SEC)
                        printf(", no progress for %s",
                               text_format_duration(span, running->idle_usec));
                putchar('\n');
                return;
        }
        uint64_t delay = next > now ? next - now : 0;
        delay -= delay % USEC_PER_SEC;
        printf("%12s: %s%s (every %s)\n", "Next scan", delay > 0 ? "in " : "now",
               delay > 0 ? text_format_timespan(span, delay) : "",
               text_format_timespan(interval, s->interval_usec));
}

static void print_skipped(const struct view_status *s)
{
        char ago[AGO_MAX];

        for (size_t i = 0; i < s->n_skipped; i++)
                printf("%12s: process %d, a scan got stuck %s it %s\n", "Left out",
                       s->skipped[i].pid, text_or(s->skipped[i].step, "on"),
                       ago_format(ago, s->skipped[i].since_usec, clock_usec(CLOCK_REALTIME)));
}

int verb_status(int argc, char **argv, const struct options *options)
{
        _cleanup_(view_status_clear) struct view_status status = {};
        json_auto_t *reply = NULL;
        struct error error = {};

        int r = connection_ask(options, "GetStatus", NULL, &reply, &error);
        if (r >= 0 && options->json != JSON_OFF)
                return json_print(reply, options->json);
        if (r >= 0)
                r = decode_status(reply, &status, &error);
        if (r < 0)
                return fail_because(r, &error);
        (void)fold_start(options->columns);
        printf("%12s: %s, process %d\n", "nsorphand", text_or(status.version, "?"), status.pid);
        print_scan(&status);
        print_states(&status, color_wanted());
        print_shares(&status);
        print_teardown(&status.teardown);
        print_check(&status.cross_check);
        print_trace(&status);
        print_next(&status);
        print_skipped(&status);
        coverage_print(&status.coverage);
        return EXIT_SUCCESS;
}
