/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <langinfo.h>
#include <string.h>

#include "nsorphanctl/ago.h"
#include "nsorphanctl/color.h"
#include "nsorphanctl/connection.h"
#include "nsorphanctl/decode.h"
#include "nsorphanctl/explain.h"
#include "nsorphanctl/fail.h"
#include "nsorphanctl/fold.h"
#include "nsorphanctl/json-print.h"
#include "nsorphanctl/netns-target.h"
#include "nsorphanctl/pager.h"
#include "nsorphanctl/verb.h"
#include "report/json-inspection.h"
#include "report/json.h"
#include "util/clock.h"

/* Nobody waits longer for a daemon that is busy with its first scan. */
#define DAEMON_TIMEOUT_USEC (2 * USEC_PER_SEC)

/* The daemon is only asked for its memory: without one everything else is told all the same. */
static void ask_daemon(const struct options *options, const struct netns_identity *id,
                       struct explain_history *ret)
{
        _cleanup_(varlink_client_freep) struct varlink_client *client = NULL;
        _cleanup_(view_netns_clear) struct view_netns netns = {};
        json_auto_t *parameters = json_object(), *reply = NULL;

        *ret = (struct explain_history){};
        if (!parameters || json_put_identity(parameters, id) < 0 ||
            connection_open(&client, options, NULL) < 0)
                return;
        varlink_client_set_timeout(client, DAEMON_TIMEOUT_USEC);
        if (connection_call(client, "Get", json_incref(parameters), &reply, NULL) < 0)
                return;
        if (decode_netns(reply, &netns, NULL) < 0)
                return;
        ret->since_usec = netns.since_usec;
        ret->leaked_usec = netns.leaked_usec;
        ret->last_task_usec = netns.last_task_usec;
        ret->whose = netns.history;
        netns.history = (struct history_facts){}; /* taken over */
}

static json_t *explain_json(const struct explain *e)
{
        json_auto_t *o = json_netns(e->inspection->netns);
        json_auto_t *inspection = json_inspection(e->inspection);

        if (!o || !inspection || json_object_update(o, inspection) < 0 ||
            json_put_nonzero(o, "sinceUSec", e->history.since_usec) < 0 ||
            json_put_nonzero(o, "leakedUSec", e->history.leaked_usec) < 0)
                return NULL;
        return json_incref(o);
}

static int explain(const struct census *census, const struct netns *ns,
                   const struct options *options)
{
        _cleanup_(inspection_freep) struct inspection *inspection = NULL;
        struct error error = {};

        int r = inspection_new(census, ns, PROCESS_FACTS_MAY_HANG, &inspection);
        if (r < 0)
                return fail_because(r, &error);
        struct explain e = {
                .census = census,
                .inspection = inspection,
                .now_usec = clock_usec(CLOCK_REALTIME),
                .bold = color_wanted(),
                .utf8 = strcmp(nl_langinfo(CODESET), "UTF-8") == 0,
        };
        ask_daemon(options, &ns->id, &e.history);
        if (options->json != JSON_OFF) {
                json_auto_t *json = explain_json(&e);
                r = json ? json_print(json, options->json) : fail_because(-ENOMEM, &error);
        } else {
                e.folded = fold_start(options->columns);
                pager_open(options->pager);
                explain_print(stdout, &e);
                r = EXIT_SUCCESS;
        }
        history_facts_clear(&e.history.whose);
        return r;
}

/* All that a process, a unit or a name has to do with; each is explained by its cookie. */
static int list_matches(const struct find *found, const struct options *options)
{
        if (options->json != JSON_OFF) {
                netns_target_print(stderr, found);
                return fail_with(EX_NOINPUT, "Several network namespaces were found; say which");
        }
        (void)fold_start(options->columns);
        pager_open(options->pager);
        netns_target_print(stdout, found);
        return EXIT_SUCCESS;
}

int verb_explain(int argc, char **argv, const struct options *options)
{
        _cleanup_(census_freep) struct census *census = NULL;
        _cleanup_(find_deinit) struct find found = {};
        struct error error = {};

        int r = netns_target_scan_all(options, argv[0], &census, &found, &error);
        if (r < 0)
                return netns_target_fail(r, &error);
        return what_is_one(&found) ? explain(census, found.matches[0].netns, options)
                                   : list_matches(&found, options);
}
