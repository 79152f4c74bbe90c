/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "nsorphand/once.h"

#include <stdio.h>
#include <string.h>

#include "census/patient-scan.h"
#include "report/json.h"
#include "util/exit-status.h"
#include "util/log.h"

static int print_census(const struct census *census)
{
        json_auto_t *json = json_census(census);
        if (!json)
                return -ENOMEM;
        if (json_dumpf(json, stdout, JSON_COMPACT) < 0 || putchar('\n') < 0 || fflush(stdout) != 0)
                return negative_errno();
        return 0;
}

int once_run(const struct config *config, struct fork_server *fork_server)
{
        _cleanup_(census_freep) struct census *census = NULL;
        const struct scan_options options = {.source = config->source,
                                             .deep = config->deep,
                                             .threads = config->threads,
                                             .fork_server = fork_server};
        struct error error = {};

        int r = patient_scan(&options, &census, &error);
        if (r < 0) {
                log_error("%s", *error.text ? error.text : strerror(-r));
                return exit_status_from_errno(r);
        }
        r = print_census(census);
        if (r < 0) {
                log_error("Failed to print the census: %s", strerror(-r));
                return EXIT_FAILURE;
        }
        return EXIT_SUCCESS;
}
