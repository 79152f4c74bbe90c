/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The client's command line: one table that the parser, --help, the completions and the manual
 * page's test read. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util/option.h"

enum json_mode { JSON_OFF, JSON_SHORT, JSON_PRETTY };

struct pager;
struct teller;

/* A number, 0 too, that may have been given. */
struct option_number {
        bool given;
        uint64_t number;
};

struct options {
        bool help;
        bool version;
        enum json_mode json;
        bool no_legend;
        bool no_pager;
        bool all;
        bool by_holder;
        bool undo;
        bool unnamed;        /* what acts may act on a pinned one that no mount leads to */
        bool empty;          /* or on one that no task and no socket is in */
        bool yes;            /* without asking */
        const char *holder;  /* PID[:FD]; NULL: the only one */
        const char *verdict; /* NULL: any */
        const char *source;  /* NULL: auto */
        bool compare;
        bool command_lines; /* in a report */
        const char *state;  /* NULL: any */
        const char *socket;
        const char *format;          /* NULL: the verb's first */
        uint64_t timeout_usec;       /* 0: the verb's own */
        struct option_number settle; /* microseconds */
        struct option_number error_exitcode;
        bool own;
        bool strict;
        const char *output; /* NULL: stderr */
        const char *junit;  /* NULL: none */
        bool trace;
        const char *sockets; /* whose births are noted; NULL: foreign */

        /* Not on the command line, but main's. */
        struct pager *pager;
        size_t columns;                  /* of the terminal that stdout is; 0: it is none */
        struct fork_server *fork_server; /* NULL where the verb does not scan */
        struct teller *teller;           /* what adds to its scans; NULL */
};

extern const struct option_key options_keys[];
extern const size_t n_options_keys;
