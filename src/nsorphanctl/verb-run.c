/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The leak check: a census before a command and one after it.
 *
 * The command has our stdout from the start, and the report is ours alone: once the command's
 * process is there, our stdout is where the report goes, so that everything here prints to it, and
 * nobody who reads what the command writes waits for us. */

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <time.h>

#include "nsorphanctl/descent.h"
#include "nsorphanctl/fail.h"
#include "nsorphanctl/fold.h"
#include "nsorphanctl/json-print.h"
#include "nsorphanctl/netns-target.h"
#include "nsorphanctl/output-file.h"
#include "nsorphanctl/run-junit.h"
#include "nsorphanctl/tracing.h"
#include "nsorphanctl/verb.h"
#include "proc/open.h"
#include "util/clock.h"
#include "util/text.h"

#define SETTLE_USEC (2 * USEC_PER_SEC)

/* What was seen in one census only is looked for once more. */
#define ROUNDS_MAX 2

struct run {
        const struct options *options; /* stdout is the report's */
        struct command command;
        struct output_file output, junit;
        struct run_report report;
};

static void run_deinit(struct run *run)
{
        command_deinit(&run->command);
        output_file_deinit(&run->output);
        output_file_deinit(&run->junit);
        run_report_deinit(&run->report);
}

/* The files, and stdin and stdout that are the command's no longer ours. */
static int open_files(struct run *run, const struct options *options, struct error *error)
{
        int r = 0;

        if (options->junit)
                r = output_file_open(&run->junit, options->junit, error);
        if (r >= 0)
                r = output_file_open(&run->output, text_or(options->output, "/dev/stderr"), error);
        if (r < 0)
                return r;
        _cleanup_close_ int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
        if (null < 0 || dup2(null, STDIN_FILENO) < 0 || dup2(run->output.fd, STDOUT_FILENO) < 0)
                return error_set_errno(error, errno, "Failed to redirect the report");
        /* Whoever reads it no longer must not be why the command's status is lost. */
        (void)signal(SIGPIPE, SIG_IGN);
        return 0;
}

static int take_census(struct run *run, enum scan_source source, struct census **ret)
{
        return netns_target_census(run->options, source, true, ret, &run->report.failure);
}

/* That of the census before: what one source does not see is not new to the other. */
static int take_census_after(struct run *run, struct census **ret)
{
        return take_census(
                run, census_is_by_bpf(run->report.before) ? SCAN_SOURCE_BPF : SCAN_SOURCE_PROCFS,
                ret);
}

static void sleep_usec(uint64_t usec)
{
        struct timespec t = {(time_t)(usec / USEC_PER_SEC),
                             (long)(usec % USEC_PER_SEC * NSEC_PER_USEC)};

        while (nanosleep(&t, &t) < 0 && errno == EINTR)
                ;
}

/* Whether a process that comes from the command holds it. A mount of our own mount namespace is
 * whoever's: it is listed with one of those that see it. */
static bool is_own(const struct netns *ns, int proc_fd, uint64_t mntns)
{
        for (size_t i = 0; i < ns->n_holders; i++) {
                const struct holder *h = &ns->holders[i];

                if (h->kind == HOLDER_NSFS_MOUNT && (h->mntns == 0 || h->mntns == mntns))
                        continue;
                if (descent_is_from(proc_fd, h->pid, holder_start_ticks(h), getpid()))
                        return true;
        }
        return false;
}

static int find_own(struct run_report *report, struct error *error)
{
        struct file_id mntns = {};

        _cleanup_close_ int proc_fd = proc_open();
        if (proc_fd < 0)
                return error_set_errno(error, -proc_fd, "Failed to open /proc");
        int r = file_id_at(proc_fd, "self/ns/mnt", &mntns);
        if (r < 0)
                return error_set_errno(error, -r, "Failed to find our mount namespace");
        for (size_t i = 0; i < report->leaks.n; i++)
                report->leaks.list[i].own =
                        is_own(report->leaks.list[i].netns, proc_fd, mntns.inode);
        if (report->only_own)
                leaks_count_own(&report->leaks);
        return 0;
}

/* The censuses after the command. A leak is one that is seen in two of them, the settling time
 * apart. @ret_since: when the earlier of the two was made. 0 or a negative errno. */
static int compare_after(struct run *run, uint64_t *ret_since)
{
        _cleanup_(census_freep) struct census *earlier = NULL;
        struct run_report *report = &run->report;

        int r = take_census_after(run, &earlier);
        for (unsigned i = 0; i < ROUNDS_MAX && r >= 0; i++) {
                _cleanup_(census_freep) struct census *later = NULL;

                sleep_usec(report->settle_usec);
                r = take_census_after(run, &later);
                if (r < 0)
                        break;
                leaks_deinit(&report->leaks);
                r = leaks_find(report->before, later, &report->leaks);
                if (r >= 0)
                        r = find_own(report, &report->failure);
                if (r < 0)
                        break;
                leaks_keep(&report->leaks, earlier);
                *ret_since = earlier->start_usec;
                if (report->leaks.unsettled == 0 || i + 1 == ROUNDS_MAX) {
                        report->after = TAKE_PTR(later);
                        break;
                }
                census_free(earlier);
                earlier = TAKE_PTR(later);
        }
        return r;
}

/* Without command lines, which may hold secrets: what a CI system shows, many may read. */
static int explain_leaks(struct run *run, uint64_t since_usec)
{
        struct run_report *report = &run->report;
        size_t n = MIN(leaks_count(&report->leaks), (size_t)RUN_REPORT_EXPLAINED_MAX);

        for (size_t i = 0; i < n; i++) {
                struct explained *e = &report->explained[i];
                int r = explained_init(e, report->after, report->leaks.list[i].netns, 0,
                                       run->options);

                if (r < 0)
                        return error_oom(&report->failure);
                report->n_explained = i + 1;
                if (i == 0)
                        explained_say_not_asked(e);
                if (e->explain.history.since_usec == 0)
                        e->explain.history.since_usec = since_usec;
        }
        return 0;
}

static int check(struct run *run)
{
        struct run_report *report = &run->report;
        uint64_t since = 0;

        int r = compare_after(run, &since);
        if (r >= 0)
                r = explain_leaks(run, since);
        if (r < 0) {
                leaks_deinit(&report->leaks);
                report->after = census_free(report->after);
        }
        report->outcome.leaked = leaks_count(&report->leaks) > 0;
        report->outcome.failed = r < 0 || (report->strict && !run_report_is_complete(report));
        return r;
}

static int write_junit(struct run *run, struct error *error)
{
        _cleanup_free_ char *text = run_junit(&run->report);

        if (!text)
                return error_oom(error);
        int r = output_file_write(&run->junit, text, strlen(text), error);
        return r < 0 ? r : output_file_finish(&run->junit, error);
}

static int write_report(struct run *run, struct error *error)
{
        int r = 0;

        if (run->options->json != JSON_OFF) {
                json_auto_t *json = run_report_json(&run->report);
                r = json_print_value(json, run->options->json);
        } else
                r = run_report_print(&run->report, run->options);
        if (r < 0)
                return error_set_errno(error, -r, "Failed to write the report");
        if (fflush(NULL) != 0 || ferror(stdout))
                return error_set_errno(error, errno, "Failed to write the report");
        return output_file_finish(&run->output, error);
}

/* Says why the check failed; the exit status shows it where nothing else does. */
static void say_failed(struct run *run, const struct error *error)
{
        (void)fail_with(RUN_STATUS_FAILED, "%s", *error->text ? error->text : "The check failed");
        run->report.outcome.failed = true;
}

static int conclude(struct run *run)
{
        struct run_report *report = &run->report;
        struct error error = {};

        if (run->options->junit && write_junit(run, &error) < 0)
                say_failed(run, &error);
        if (write_report(run, &error) < 0)
                say_failed(run, &error);
        if (report->strict && report->after && !run_report_is_complete(report))
                (void)fail_with(RUN_STATUS_FAILED, "The view was partial, and --strict is given");
        return run_status(&report->outcome);
}

static enum scan_source source_of(const struct options *options)
{
        int source = options->source ? scan_source_from_string(options->source) : SCAN_SOURCE_AUTO;

        return (enum scan_source)MAX(source, 0);
}

/* The command, from its start to its end. 0, or a negative errno: where it was not executed, with
 * that in the report; else, its end is unknown. */
static int run_command(struct run *run, char **argv)
{
        struct run_report *report = &run->report;
        uint64_t start = clock_usec(CLOCK_MONOTONIC);

        report->start_usec = clock_usec(CLOCK_REALTIME);
        int r = command_start(&run->command);
        if (r < 0) {
                report->errnum = -r;
                report->outcome.end.status = command_fail(argv[0], -r);
                return r;
        }
        r = command_wait(&run->command, &report->outcome.end);
        report->command_usec = clock_usec(CLOCK_MONOTONIC) - start;
        if (r >= 0)
                return 0;
        report->end_unknown = true;
        (void)error_set_errno(&report->failure, -r, "Failed to wait for the command");
        say_failed(run, &report->failure);
        return r;
}

static int run_and_check(struct run *run, char **argv)
{
        struct run_report *report = &run->report;

        int r = take_census(run, source_of(run->options), &report->before);
        if (r < 0) {
                say_failed(run, &report->failure);
                return conclude(run);
        }
        r = run_command(run, argv);
        if (r < 0)
                return conclude(run);
        uint64_t start = clock_usec(CLOCK_MONOTONIC);
        if (check(run) < 0)
                say_failed(run, &report->failure);
        report->check_usec = clock_usec(CLOCK_MONOTONIC) - start;
        return conclude(run);
}

int verb_run(int argc, char **argv, const struct options *options)
{
        _cleanup_(tracer_freep) struct tracer *tracer = NULL;
        struct options ours = *options;
        _cleanup_(run_deinit) struct run run = {
                .options = &ours,
                .command = COMMAND_NULL,
                .output = OUTPUT_FILE_NULL,
                .junit = OUTPUT_FILE_NULL,
                .report = {.command = text_shorten(text_escape_string(argv[0])),
                           .only_own = options->own,
                           .strict = options->strict,
                           .settle_usec =
                                   options->settle.given ? options->settle.number : SETTLE_USEC,
                           .outcome = {.has_error_exitcode = options->error_exitcode.given,
                                       .error_exitcode = (int)options->error_exitcode.number}},
        };
        struct error error = {};

        int r = options->trace ? tracing_start(&tracer, BIRTH_TRACE_YES, &error) : 0;
        if (r >= 0)
                r = command_fork(&run.command, argv, &error);
        if (r >= 0)
                r = open_files(&run, options, &error);
        if (r < 0)
                return fail_with(RUN_STATUS_FAILED, "%s", error.text);
        ours.columns = fold_columns(STDOUT_FILENO);
        ours.teller = tracer ? tracer_teller(tracer) : NULL;
        return run_and_check(&run, argv);
}
