/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Births of sockets without the daemon, from now until interrupted. */

#include <signal.h>
#include <stdio.h>
#include <time.h>

#include "census/patient-scan.h"
#include "nsorphanctl/fail.h"
#include "nsorphanctl/fold.h"
#include "nsorphanctl/trace-report.h"
#include "nsorphanctl/tracing.h"
#include "nsorphanctl/verb.h"
#include "util/text.h"

#define LOOK_SEC 1

/* Those that interrupt us wait until we ask for them. */
static void catch_signals(sigset_t *set)
{
        (void)sigemptyset(set);
        (void)sigaddset(set, SIGINT);
        (void)sigaddset(set, SIGTERM);
        (void)sigaddset(set, SIGHUP);
        (void)sigprocmask(SIG_BLOCK, set, NULL);
}

static int look(struct trace_report *report, struct patient *patient, struct tracer *tracer,
                struct error *error)
{
        _cleanup_(census_freep) struct census *census = NULL;
        const struct scan_options scan = {.source = SCAN_SOURCE_BPF,
                                          .brief = true,
                                          .threads = SCAN_THREADS_DEFAULT,
                                          .fork_server = report->options->fork_server,
                                          .teller = tracer_teller(tracer)};

        int r = patient_scan_next(patient, &scan, &census, error);
        return r < 0 ? r : trace_report_look(report, census);
}

/* Until a signal of @set. 0 or a negative errno with the sentence. */
static int follow(struct trace_report *report, struct tracer *tracer, const sigset_t *set,
                  struct error *error)
{
        static const struct timespec wait = {.tv_sec = LOOK_SEC};
        _cleanup_(patient_scan_endp) struct patient *patient = patient_scan_begin();
        int r = patient ? 0 : error_oom(error);

        while (r >= 0) {
                r = look(report, patient, tracer, error);
                if (r >= 0 && sigtimedwait(set, NULL, &wait) >= 0)
                        return 0;
        }
        return r;
}

int verb_trace(int argc, char **argv, const struct options *options)
{
        _cleanup_(trace_report_deinit) struct trace_report report = {.options = options};
        _cleanup_(tracer_freep) struct tracer *tracer = NULL;
        struct error error = {};
        sigset_t set;

        int which = birth_trace_from_string(text_or(options->sockets, "foreign"));
        int r = tracing_start(&tracer, (enum birth_trace)which, &error);
        if (r < 0)
                return fail_because(r, &error);
        if (options->json == JSON_OFF)
                (void)fold_start(options->columns);
        catch_signals(&set);
        struct census_trace counts = tracer_count(tracer);
        r = trace_report_begin(&report, &counts);
        if (r >= 0)
                r = follow(&report, tracer, &set, &error);
        if (r < 0)
                return fail_because(r, &error);
        counts = tracer_count(tracer);
        r = trace_report_end(&report, &counts);
        return r < 0 ? fail_because(r, &error) : EXIT_SUCCESS;
}
