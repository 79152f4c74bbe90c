/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* For monitoring systems: one line, performance data behind a bar, and the exit status is the
 * answer. What cannot be determined for sure is unknown, never fine.
 *
 * Who asks has a time limit of his own, and takes an answer that does not come for what he likes.
 * So an alarm answers in our place, wherever we are: in connect(2) to a socket nobody accepts on,
 * or before a reply that comes byte by byte. */

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/time.h>

#include "nsorphanctl/ago.h"
#include "nsorphanctl/check-answer.h"
#include "nsorphanctl/connection.h"
#include "nsorphanctl/decode.h"
#include "nsorphanctl/json-print.h"
#include "nsorphanctl/verb.h"
#include "util/clock.h"
#include "util/text.h"

#define TIMEOUT_USEC (10 * USEC_PER_SEC)

/* A status older than so many intervals says nothing about now. */
#define STALE_INTERVALS 3

struct question {
        struct check_answer *answer;
        struct error *error;
};

/* What the alarm writes, made before it is set. */
static char late_answer[1024];
static size_t n_late_answer;

static void answer_unknown(struct check_answer *a, const char *why)
{
        a->status = CHECK_UNKNOWN;
        (void)snprintf(a->text, sizeof(a->text), "%s", why);
}

/* Those that the configuration says to ignore are no reason to wake anybody. */
static int count_alarming(json_t *reply, void *userdata)
{
        _cleanup_(view_list_clear) struct view_list list = {};
        struct question *q = userdata;

        int r = decode_namespaces(reply, &list, q->error);
        for (size_t i = 0; r >= 0 && i < list.n; i++) {
                const struct view_netns *ns = &list.namespaces[i];
                if (ns->ignored)
                        continue;
                if (ns->state == LEDGER_LEAKED)
                        q->answer->counts[CHECK_LEAKED]++;
                else if (ns->state == LEDGER_SUSPECTED)
                        q->answer->counts[CHECK_SUSPECTED]++;
        }
        return r;
}

static bool is_stale(const struct view_status *status)
{
        uint64_t now = clock_usec(CLOCK_REALTIME), next = status->next_scan_usec;
        uint64_t age = now - MIN(now, status->scan.start_usec);

        /* A slow host may have a longer period than Interval=, and then says when it is over. */
        return age > STALE_INTERVALS * status->interval_usec + status->scan.duration_usec &&
               next < now;
}

static void judge(struct check_answer *a, const struct view_status *status)
{
        const struct view_strings *reasons = &status->coverage.reasons;
        const uint64_t *counts = a->counts;

        a->status = counts[CHECK_LEAKED] > 0      ? CHECK_LEAKED
                    : counts[CHECK_SUSPECTED] > 0 ? CHECK_SUSPECTED
                                                  : CHECK_NONE;
        (void)snprintf(a->text, sizeof(a->text),
                       "%" PRIu64 " leaked, %" PRIu64 " suspected network namespaces",
                       counts[CHECK_LEAKED], counts[CHECK_SUSPECTED]);
        if (a->status != CHECK_NONE)
                return;
        if (status->error)
                answer_unknown(a, status->error);
        else if (is_stale(status))
                answer_unknown(a, "The last scan is too long ago");
        else if (!status->coverage.complete) {
                a->status = CHECK_UNKNOWN;
                (void)snprintf(a->text, sizeof(a->text),
                               "No orphaned network namespace seen, but the view was partial: %s",
                               reasons->n > 0 ? reasons->list[0] : "for no known reason");
        }
}

static int ask(const struct options *options, struct check_answer *a, struct error *error)
{
        _cleanup_(varlink_client_freep) struct varlink_client *client = NULL;
        _cleanup_(view_status_clear) struct view_status status = {};
        struct question q = {a, error};
        json_auto_t *reply = NULL;

        int r = connection_open(&client, options, error);
        if (r >= 0)
                r = connection_follow(client, "List", json_pack("{ss}", "verdict", "orphaned"),
                                      count_alarming, &q, error);
        if (r >= 0)
                r = connection_call(client, "GetStatus", NULL, &reply, error);
        if (r >= 0)
                r = decode_status(reply, &status, error);
        if (r < 0)
                return r;
        a->counted = true;
        judge(a, &status);
        return 0;
}

/* Returns the exit status. "U" is what Nagios and its kin take for a value that is not known. */
static int answer_print(const struct check_answer *a, const struct options *options)
{
        if (options->json != JSON_OFF) {
                json_auto_t *o = check_answer_json(a);
                return o && json_print(o, options->json) == EXIT_SUCCESS ? a->status
                                                                         : CHECK_UNKNOWN;
        }
        if (a->counted)
                printf("%s: %s | leaked=%" PRIu64 " suspected=%" PRIu64 "\n",
                       check_answer_word(a->status), a->text, a->counts[CHECK_LEAKED],
                       a->counts[CHECK_SUSPECTED]);
        else
                printf("%s: %s | leaked=U suspected=U\n", check_answer_word(a->status), a->text);
        return a->status;
}

static void on_alarm(int number)
{
        (void)!write(STDOUT_FILENO, late_answer, n_late_answer);
        _exit(CHECK_UNKNOWN);
}

/* Has the alarm print @a when @usec are over. 0 or a negative errno. */
static int set_alarm(const struct check_answer *a, uint64_t usec, const struct options *options)
{
        const struct sigaction action = {.sa_handler = on_alarm};
        const struct itimerval timer = {
                .it_value = {(time_t)(usec / USEC_PER_SEC),
                             (suseconds_t)MAX(usec % USEC_PER_SEC, UINT64_C(1))}};
        json_auto_t *o = check_answer_json(a);
        sigset_t set;

        if (!o)
                return -ENOMEM;
        if (options->json == JSON_OFF)
                n_late_answer = (size_t)snprintf(late_answer, sizeof(late_answer),
                                                 "%s: %s | leaked=U suspected=U\n",
                                                 check_answer_word(a->status), a->text);
        else {
                size_t flags = options->json == JSON_SHORT ? JSON_COMPACT : JSON_INDENT(8);
                n_late_answer = json_dumpb(o, late_answer, sizeof(late_answer) - 1, flags);
                n_late_answer = MIN(n_late_answer, sizeof(late_answer) - 1);
                late_answer[n_late_answer++] = '\n';
        }
        /* Whoever started us may have blocked or ignored it. */
        (void)sigemptyset(&set);
        (void)sigaddset(&set, SIGALRM);
        if (sigaction(SIGALRM, &action, NULL) < 0 || sigprocmask(SIG_UNBLOCK, &set, NULL) < 0 ||
            setitimer(ITIMER_REAL, &timer, NULL) < 0)
                return negative_errno();
        return 0;
}

/* The answer is there: it is printed whole, and not another behind it. */
static void stop_alarm(void)
{
        const struct itimerval none = {};

        (void)signal(SIGALRM, SIG_IGN);
        (void)setitimer(ITIMER_REAL, &none, NULL);
}

int verb_check(int argc, char **argv, const struct options *options)
{
        uint64_t timeout = options->timeout_usec > 0 ? options->timeout_usec : TIMEOUT_USEC;
        char span[TEXT_TIMESPAN_MAX];
        struct check_answer a = {.status = CHECK_UNKNOWN};
        struct error error = {};

        (void)snprintf(a.text, sizeof(a.text), "nsorphand has not answered within %s",
                       text_format_timespan(span, timeout));
        int r = set_alarm(&a, timeout, options);
        if (r >= 0)
                r = ask(options, &a, &error);
        stop_alarm();
        if (r < 0)
                answer_unknown(&a, *error.text ? error.text : strerror(-r));
        return answer_print(&a, options);
}
