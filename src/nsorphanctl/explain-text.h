/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What the sections of `explain` have in common. */

#include <stdio.h>

#include "inspect/inspection.h"
#include "ledger/history.h"
#include "nsorphanctl/options.h"

/* What the daemon knows of the namespace's past; zero where it does not run or does not know it. */
struct explain_history {
        uint64_t since_usec;  /* first seen orphaned */
        uint64_t leaked_usec; /* reported as a leak */
        struct history_facts whose;
        uint64_t last_task_usec; /* last seen with a task in it */
        struct census_trace trace;
        struct holder *holders; /* those that its last scan found */
        size_t n_holders;
};

struct explain {
        const struct census *census;
        const struct inspection *inspection;
        struct explain_history history;
        uint64_t now_usec; /* CLOCK_REALTIME */
        bool bold;         /* headings for a terminal */
        bool utf8;         /* arrows for one that can show them */
        bool folded;       /* lines are folded (nsorphanctl/fold.h) */
        bool can_release;  /* `release` works on this architecture */
};

/* Starts a section. */
void explain_text_heading(FILE *f, const struct explain *e, const char *text);

/* "2026-11-23 18:20:11 UTC (2h 3min ago)" */
void explain_text_time(FILE *f, const struct explain *e, uint64_t usec);

/* "docker-proxy (pid 3530)" */
void explain_text_process(FILE *f, const struct process_facts *p);

/* Prints a line that is meant to be pasted, indented by @indent. */
void explain_text_command(FILE *f, const struct explain *e, int indent, const char *format, ...)
        _printf_(4, 5);

/* "eth0, eth1 and 3 more": how lists are cut. */
#define EXPLAIN_LIST_MAX 8
