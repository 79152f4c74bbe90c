/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <inttypes.h>
#include <stdio.h>

#include "nsorphanctl/ago.h"
#include "nsorphanctl/color.h"
#include "nsorphanctl/connection.h"
#include "nsorphanctl/coverage-text.h"
#include "nsorphanctl/json-print.h"
#include "nsorphanctl/verb.h"
#include "util/clock.h"

static void print_scan(json_t *status)
{
        json_t *scan = json_object_get(status, "scan"), *v = json_object_get(status, "verdicts");
        char ago[AGO_MAX], took[TEXT_TIMESPAN_MAX];
        const char *error = json_get_string(status, "error", NULL);

        if (error)
                printf("%12s: %s\n", "Failed scan", error);
        if (!scan) {
                printf("%12s: none has finished yet\n", "Last scan");
                return;
        }
        printf("%12s: %s, took %s\n", "Last scan",
               ago_format(ago, json_get_u64(scan, "startUSec"), clock_usec(CLOCK_REALTIME)),
               text_format_duration(took, json_get_u64(scan, "durationUSec")));
        const char *not_bpf = json_get_string(scan, "notBPF", NULL);
        printf("%12s: %s%s%s%s\n", "Source", json_get_string(scan, "collector", "?"),
               not_bpf ? " (BPF can not be used: " : "", not_bpf ? not_bpf : "",
               not_bpf ? ")" : "");
        printf("%12s: %" PRIu64 " attached, %" PRIu64 " pinned, %" PRIu64 " orphaned\n",
               "Namespaces", json_get_u64(v, "attached"), json_get_u64(v, "pinned"),
               json_get_u64(v, "orphaned"));
}

static void print_states(json_t *status, bool colors)
{
        json_t *states = json_object_get(status, "states");
        uint64_t leaked = json_get_u64(states, "leaked");
        uint64_t ignored = json_get_u64(states, "ignored");
        bool red = colors && leaked > 0;

        printf("%12s: %s%" PRIu64 " leaked%s, %" PRIu64 " suspected", "Orphans",
               red ? "\033[1;31m" : "", leaked, red ? "\033[0m" : "",
               json_get_u64(states, "suspected"));
        if (ignored > 0)
                printf(" (%" PRIu64 " of them ignored)", ignored);
        putchar('\n');
}

/* Those of which not all is followed or told. */
static void print_shares(json_t *status)
{
        json_t *share;
        size_t i;

        json_array_foreach(json_object_get(status, "shares"), i, share) {
                uint64_t unkept = json_get_u64(share, "unkept");
                uint64_t held = json_get_u64(share, "heldBack");
                if (unkept == 0 && held == 0)
                        continue;
                printf("%12s: %s has %" PRIu64 " orphans", "Share",
                       json_get_string(share, "name", "?"), json_get_u64(share, "orphans"));
                if (unkept > 0)
                        printf(", %" PRIu64 " of them only counted", unkept);
                if (held > 0)
                        printf(", %" PRIu64 " alerts held back", held);
                putchar('\n');
        }
}

static void print_teardown(json_t *status)
{
        json_t *t = json_object_get(status, "teardown");
        uint64_t stuck = json_get_u64(t, "stuck");
        char ago[AGO_MAX];

        if (stuck == 0)
                return;
        printf("%12s: %" PRIu64
               " namespace%s that nothing refers to any more, stuck in the kernel; "
               "cookie:%" PRIu64 " was first seen so %s\n",
               "Teardown", stuck, stuck == 1 ? "" : "s", json_get_u64(t, "cookie"),
               ago_format(ago, json_get_u64(t, "sinceUSec"), clock_usec(CLOCK_REALTIME)));
}

static void print_next(json_t *status)
{
        json_t *running = json_object_get(status, "running");
        uint64_t next = json_get_u64(status, "nextScanUSec"), now = clock_usec(CLOCK_REALTIME);
        char span[TEXT_TIMESPAN_MAX], interval[TEXT_TIMESPAN_MAX];

        if (running) {
                uint64_t start = json_get_u64(running, "startUSec");
                uint64_t idle = json_get_u64(running, "idleUSec");
                printf("%12s: for %s, %s process %" PRIu64, "Scanning",
                       text_format_duration(span, now > start ? now - start : 0),
                       json_get_string(running, "step", "at"), json_get_u64(running, "pid"));
                if (idle >= USEC_PER_SEC)
                        printf(", no progress for %s", text_format_duration(span, idle));
                putchar('\n');
                return;
        }
        uint64_t delay = next > now ? next - now : 0;
        printf("%12s: in %s (every %s)\n", "Next scan",
               text_format_timespan(span, delay - delay % USEC_PER_SEC),
               text_format_timespan(interval, json_get_u64(status, "intervalUSec")));
}

static void print_skipped(json_t *status)
{
        json_t *skipped;
        char ago[AGO_MAX];
        size_t i;

        json_array_foreach(json_object_get(status, "skipped"), i, skipped) {
                printf("%12s: process %" PRIu64 ", a scan got stuck %s it %s\n", "Left out",
                       json_get_u64(skipped, "pid"), json_get_string(skipped, "step", "on"),
                       ago_format(ago, json_get_u64(skipped, "sinceUSec"),
                                  clock_usec(CLOCK_REALTIME)));
        }
}

int verb_status(int argc, char **argv, const struct options *options)
{
        json_auto_t *status = NULL;
        struct error error = {};

        int r = connection_ask(options, "GetStatus", NULL, &status, &error);
        if (r < 0)
                return verb_fail(r, &error);
        if (options->json != JSON_OFF)
                return json_print(status, options->json);
        printf("%12s: %s, process %" PRIu64 "\n", "nsorphand",
               json_get_string(status, "version", "?"), json_get_u64(status, "pid"));
        print_scan(status);
        print_states(status, color_wanted());
        print_shares(status);
        print_teardown(status);
        print_next(status);
        print_skipped(status);
        coverage_print(json_object_get(status, "coverage"));
        return EXIT_SUCCESS;
}
