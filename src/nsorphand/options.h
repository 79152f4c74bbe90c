/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The daemon's command line: one table for the parser, --help and the manual page's test. */

#include <stdbool.h>
#include <stdio.h>

#include "util/error.h"

struct daemon_options {
        bool help;
        bool version;
        bool once;
        const char *config;
};

struct daemon_option {
        const char *name;
        char letter;
        const char *argument; /* NULL: takes none */
        const char *help;
        size_t offset; /* in struct daemon_options: a string with an argument, else a bool */
};

extern const struct daemon_option daemon_option_table[];
extern const size_t n_daemon_options;

/* 0, or -EINVAL with the sentence. */
int daemon_options_parse(struct daemon_options *options, int argc, char **argv,
                         struct error *error);
void daemon_options_print_help(FILE *f);
