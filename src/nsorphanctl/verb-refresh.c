/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <inttypes.h>
#include <stdio.h>

#include "nsorphanctl/connection.h"
#include "nsorphanctl/coverage-print.h"
#include "nsorphanctl/decode.h"
#include "nsorphanctl/fail.h"
#include "nsorphanctl/fold.h"
#include "nsorphanctl/json-print.h"
#include "nsorphanctl/verb.h"
#include "util/text.h"

int verb_refresh(int argc, char **argv, const struct options *options)
{
        _cleanup_(varlink_client_freep) struct varlink_client *client = NULL;
        _cleanup_(view_status_clear) struct view_status status = {};
        json_auto_t *reply = NULL;
        struct error error = {};
        char took[TEXT_TIMESPAN_MAX];

        int r = connection_open(&client, options, &error);
        if (r < 0)
                return fail_because(r, &error);
        varlink_client_set_timeout(client, REFRESH_TIMEOUT_USEC);
        r = connection_call(client, "Refresh", NULL, &reply, &error);
        if (r < 0)
                return fail_because(r, &error);
        if (options->json != JSON_OFF)
                return json_print(reply, options->json);
        r = decode_status(reply, &status, &error);
        if (r < 0)
                return fail_because(r, &error);
        (void)fold_start(options->columns);
        printf("Scanned in %s: %" PRIu64 " orphaned, %" PRIu64 " leaked, %" PRIu64 " suspected.\n",
               text_format_duration(took, status.scan.duration_usec),
               status.verdicts[VERDICT_ORPHANED], status.leaked, status.suspected);
        coverage_print(&status.coverage);
        return EXIT_SUCCESS;
}
