/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Scans again and again with one scanner, as the daemon does, but without a pause: prints each
 * census as one line of JSON, with the CLOCK_MONOTONIC microseconds around it, COUNT times or (0)
 * until stdin ends. Then it waits for the end of stdin.
 *
 * Usage: scan-loop [COUNT [SOURCE]] */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>

#include "census/scan.h"
#include "report/json.h"
#include "util/clock.h"
#include "util/fork-server.h"

static bool stdin_ended(int timeout)
{
        struct pollfd p = {.fd = STDIN_FILENO, .events = POLLIN};

        return poll(&p, 1, timeout) != 0;
}

static int scan_once(struct scan *scanner, struct fork_server *fork_server, enum scan_source source)
{
        const struct scan_options options = {
                .source = source, .deep = true, .fork_server = fork_server};
        _cleanup_(census_freep) struct census *census = NULL;
        struct error error;
        uint64_t from = clock_usec(CLOCK_MONOTONIC);

        if (scan_make(scanner, &options, NULL, &census, &error) < 0) {
                fprintf(stderr, "%s\n", error.text);
                return -1;
        }
        uint64_t to = clock_usec(CLOCK_MONOTONIC);
        json_auto_t *line = json_pack("{sI sI so}", "fromUSec", (json_int_t)from, "toUSec",
                                      (json_int_t)to, "census", json_census(census));
        if (!line || json_dumpf(line, stdout, JSON_COMPACT) < 0)
                return -1;
        putchar('\n');
        return fflush(stdout);
}

int main(int argc, char **argv)
{
        _cleanup_(scan_freep) struct scan *scanner = NULL;
        _cleanup_(fork_server_freep) struct fork_server *fork_server = NULL;
        struct error error;
        long count = argc > 1 ? atol(argv[1]) : 0;
        bool endless = count == 0;
        int source = argc > 2 ? scan_source_from_string(argv[2]) : SCAN_SOURCE_PROCFS;

        if (source < 0)
                return EXIT_FAILURE;
        if (scan_fork_server(&fork_server, &error) < 0 || scan_new(&scanner, &error) < 0) {
                fprintf(stderr, "%s\n", error.text);
                return EXIT_FAILURE;
        }
        for (; count > 0 || (endless && !stdin_ended(0)); count -= count > 0)
                if (scan_once(scanner, fork_server, (enum scan_source)source) < 0)
                        return EXIT_FAILURE;
        while (!stdin_ended(-1))
                ;
        return EXIT_SUCCESS;
}
