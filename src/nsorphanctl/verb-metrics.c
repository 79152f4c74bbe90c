/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdio.h>

#include "nsorphanctl/connection.h"
#include "nsorphanctl/decode.h"
#include "nsorphanctl/fail.h"
#include "nsorphanctl/json-print.h"
#include "nsorphanctl/verb.h"

int verb_metrics(int argc, char **argv, const struct options *options)
{
        _cleanup_free_ char *text = NULL;
        json_auto_t *reply = NULL;
        struct error error = {};

        /* A daemon of before knows no parameter. */
        json_t *parameters = options->format ? json_pack("{ss}", "format", options->format) : NULL;
        int r = connection_ask(options, "GetMetrics", parameters, &reply, &error);
        if (r < 0)
                return fail_because(r, &error);
        if (options->json != JSON_OFF)
                return json_print(reply, options->json);
        r = decode_metrics(reply, &text, &error);
        if (r < 0)
                return fail_because(r, &error);
        fputs(text, stdout);
        return EXIT_SUCCESS;
}
