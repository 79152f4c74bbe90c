/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What `run` has found: in sentences and as JSON. */

#include <jansson.h>

#include "nsorphanctl/explained.h"
#include "nsorphanctl/leaks.h"
#include "nsorphanctl/run-status.h"

/* Version of the object run_report_json() makes. */
#define RUN_REPORT_JSON_VERSION 1

/* How many of those that count are explained; the others are only listed. */
#define RUN_REPORT_EXPLAINED_MAX 16

struct run_report {
        char *command;    /* the name of the program, escaped */
        int errnum;       /* it was not executed, for this reason; 0 */
        bool end_unknown; /* it was executed, and waiting for it failed */
        struct run_outcome outcome;
        bool only_own; /* only what its descendants hold counts */
        bool strict;   /* and a partial census fails */
        uint64_t start_usec, command_usec, check_usec, settle_usec;
        struct census *before, *after; /* NULL where it was not made */
        struct error failure;          /* why it was not; or empty */
        struct leaks leaks;
        struct explained explained[RUN_REPORT_EXPLAINED_MAX]; /* of the first */
        size_t n_explained;
};

void run_report_deinit(struct run_report *r);

/* Whether both views were complete. */
bool run_report_is_complete(const struct run_report *r);

/* Prints to @f what was not seen, a line each; of both views once what they have in common. 0 or
 * -ENOMEM. */
int run_report_print_coverage(FILE *f, const struct run_report *r);

/* To stdout. 0 or -ENOMEM. */
int run_report_print(struct run_report *r, const struct options *options);

/* A new reference, or NULL when out of memory. */
json_t *run_report_json(const struct run_report *r);
