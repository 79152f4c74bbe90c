/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdio.h>

#include "nsorphanctl/connection.h"
#include "nsorphanctl/json-print.h"
#include "nsorphanctl/verb.h"

int verb_metrics(int argc, char **argv, const struct options *options)
{
        json_auto_t *reply = NULL;
        struct error error = {};

        int r = connection_ask(options, "GetMetrics", NULL, &reply, &error);
        if (r < 0)
                return verb_fail(r, &error);
        if (options->json != JSON_OFF)
                return json_print(reply, options->json);
        fputs(json_get_string(reply, "text", ""), stdout);
        return EXIT_SUCCESS;
}
