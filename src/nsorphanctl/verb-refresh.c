/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <inttypes.h>
#include <stdio.h>

#include "nsorphanctl/connection.h"
#include "nsorphanctl/coverage-text.h"
#include "nsorphanctl/json-print.h"
#include "nsorphanctl/verb.h"
#include "util/text.h"

int verb_refresh(int argc, char **argv, const struct options *options)
{
        _cleanup_(varlink_client_freep) struct varlink_client *client = NULL;
        json_auto_t *reply = NULL;
        struct error error = {};
        char took[TEXT_TIMESPAN_MAX];

        int r = connection_open(&client, options, &error);
        if (r < 0)
                return verb_fail(r, &error);
        varlink_client_set_timeout(client, REFRESH_TIMEOUT_USEC);
        r = connection_call(client, "Refresh", NULL, &reply, &error);
        if (r < 0)
                return verb_fail(r, &error);
        if (options->json != JSON_OFF)
                return json_print(reply, options->json);
        json_t *states = json_object_get(reply, "states");
        printf("Scanned in %s: %" PRIu64 " orphaned, %" PRIu64 " leaked, %" PRIu64 " suspected.\n",
               text_format_duration(took,
                                    json_get_u64(json_object_get(reply, "scan"), "durationUSec")),
               json_get_u64(json_object_get(reply, "verdicts"), "orphaned"),
               json_get_u64(states, "leaked"), json_get_u64(states, "suspected"));
        coverage_print(json_object_get(reply, "coverage"));
        return EXIT_SUCCESS;
}
