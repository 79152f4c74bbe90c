/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* For monitoring systems: one line, performance data behind a bar, and the exit status is the
 * answer. What can not be told for sure is unknown, never fine. */

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "nsorphanctl/ago.h"
#include "nsorphanctl/connection.h"
#include "nsorphanctl/json-print.h"
#include "nsorphanctl/verb.h"
#include "report/json.h"
#include "util/clock.h"

/* A status older than so many intervals says nothing about now. */
#define STALE_INTERVALS 3

static const char *const words[] = {
        [CHECK_NONE] = "OK",
        [CHECK_SUSPECTED] = "WARNING",
        [CHECK_LEAKED] = "CRITICAL",
        [CHECK_UNKNOWN] = "UNKNOWN",
};

struct answer {
        int status;
        char text[600];
};

static void answer_unknown(struct answer *a, const char *why)
{
        a->status = CHECK_UNKNOWN;
        (void)snprintf(a->text, sizeof(a->text), "%s", why);
}

/* Those that the configuration says to ignore are no reason to wake anybody. */
static int count_alarming(json_t *parameters, void *userdata)
{
        uint64_t *counts = userdata;
        json_t *ns;
        size_t i;

        json_array_foreach(json_object_get(parameters, "namespaces"), i, ns) {
                const char *state = json_get_string(ns, "state", "");
                if (json_get_bool(ns, "ignored"))
                        continue;
                if (strcmp(state, "leaked") == 0)
                        counts[CHECK_LEAKED]++;
                else if (strcmp(state, "suspected") == 0)
                        counts[CHECK_SUSPECTED]++;
        }
        return 0;
}

static bool is_stale(json_t *status)
{
        json_t *scan = json_object_get(status, "scan");
        uint64_t next = json_get_u64(status, "nextScanUSec"), now = clock_usec(CLOCK_REALTIME);
        uint64_t age = now - MIN(now, json_get_u64(scan, "startUSec"));
        uint64_t interval = json_get_u64(status, "intervalUSec");

        /* A slow host may have a longer period than Interval=, and then says when it is over. */
        return age > STALE_INTERVALS * interval + json_get_u64(scan, "durationUSec") && next < now;
}

static void judge(struct answer *a, json_t *status, const uint64_t *counts)
{
        json_t *coverage = json_object_get(status, "coverage");
        const char *failure = json_get_string(status, "error", NULL);
        const char *reason =
                json_string_value(json_array_get(json_object_get(coverage, "reasons"), 0));

        a->status = counts[CHECK_LEAKED] > 0      ? CHECK_LEAKED
                    : counts[CHECK_SUSPECTED] > 0 ? CHECK_SUSPECTED
                                                  : CHECK_NONE;
        (void)snprintf(a->text, sizeof(a->text),
                       "%" PRIu64 " leaked, %" PRIu64 " suspected network namespaces",
                       counts[CHECK_LEAKED], counts[CHECK_SUSPECTED]);
        if (a->status != CHECK_NONE)
                return;
        if (failure)
                answer_unknown(a, failure);
        else if (is_stale(status))
                answer_unknown(a, "The last scan is too long ago");
        else if (!json_get_bool(coverage, "complete")) {
                a->status = CHECK_UNKNOWN;
                (void)snprintf(a->text, sizeof(a->text),
                               "No orphaned network namespace seen, but the view was partial: %s",
                               text_or(reason, "for no known reason"));
        }
}

static int ask(const struct options *options, struct answer *a, json_t **ret_status,
               uint64_t *counts, struct error *error)
{
        _cleanup_(varlink_client_freep) struct varlink_client *client = NULL;

        int r = connection_open(&client, options, error);
        if (r >= 0)
                r = connection_follow(client, "List", json_pack("{ss}", "verdict", "orphaned"),
                                      count_alarming, counts, error);
        if (r >= 0)
                r = connection_call(client, "GetStatus", NULL, ret_status, error);
        if (r >= 0)
                judge(a, *ret_status, counts);
        return r;
}

int verb_check(int argc, char **argv, const struct options *options)
{
        json_auto_t *status = NULL;
        struct error error = {};
        struct answer a = {};
        uint64_t counts[CHECK_UNKNOWN + 1] = {};

        int r = ask(options, &a, &status, counts, &error);
        if (r < 0)
                answer_unknown(&a, *error.text ? error.text : strerror(-r));
        if (options->json != JSON_OFF) {
                json_auto_t *o =
                        json_pack("{si ss ss sI sI}", "status", a.status, "word", words[a.status],
                                  "text", a.text, "leaked", (json_int_t)counts[CHECK_LEAKED],
                                  "suspected", (json_int_t)counts[CHECK_SUSPECTED]);
                return json_print(o, options->json) == EXIT_SUCCESS ? a.status : CHECK_UNKNOWN;
        }
        printf("%s: %s | leaked=%" PRIu64 " suspected=%" PRIu64 "\n", words[a.status], a.text,
               counts[CHECK_LEAKED], counts[CHECK_SUSPECTED]);
        return a.status;
}
