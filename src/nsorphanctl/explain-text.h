/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* An inspection in sentences, in the order in which an operator asks. */

#include <stdio.h>

#include "inspect/inspection.h"
#include "nsorphanctl/options.h"

/* What the daemon knows of the namespace's past; zero where it does not run or does not know it. */
struct explain_history {
        uint64_t since_usec;  /* first seen orphaned */
        uint64_t leaked_usec; /* reported as a leak */
};

struct explain {
        const struct census *census;
        const struct inspection *inspection;
        struct explain_history history;
        uint64_t now_usec; /* CLOCK_REALTIME */
        bool bold;         /* headings for a terminal */
};

void explain_print(FILE *f, const struct explain *e);

/* The sections, each printing its heading and its lines. */
void explain_print_holders(FILE *f, const struct explain *e);
void explain_print_inside(FILE *f, const struct explain *e);
void explain_print_remedy(FILE *f, const struct explain *e);

/* Starts a section. */
void explain_heading(FILE *f, const struct explain *e, const char *text);

/* "docker-proxy (pid 3530)" */
void explain_print_process(FILE *f, const struct process_facts *p);

/* "eth0, eth1 and 3 more": how lists are cut. */
#define EXPLAIN_LIST_MAX 8
