/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The daemon's command line: one table for the parser, --help and the manual page's test. */

#include <stdbool.h>
#include <stdio.h>

#include "util/error.h"
#include "util/option.h"

struct daemon_options {
        bool help;
        bool version;
        bool once;
        const char *config;
};

extern const struct option_key daemon_options_keys[];
extern const size_t n_daemon_options_keys;

/* 0, or -EINVAL with the sentence. */
int daemon_options_parse(struct daemon_options *options, int argc, char **argv,
                         struct error *error);
void daemon_options_print_help(FILE *f);
