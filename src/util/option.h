/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Command lines: one table of options, which the parser, --help, the completions and the manual
 * pages' tests read. */

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "util/error.h"

struct option_key {
        const char *name;
        char letter;          /* 0: none */
        const char *argument; /* NULL: takes none */
        const char *verbs;    /* verbs that know it, each followed by a space; NULL: all. What has
                                 another meaning for another verb has a line for each. */
        const char *help;
        /* Stores @value (NULL without an argument) at @field. 0, or -EINVAL with the sentence. */
        int (*parse)(const struct option_key *key, const char *value, void *field,
                     struct error *error);
        size_t offset;       /* in the structure that the options go to */
        const char *choices; /* for completion and checking, separated by spaces; NULL: any */
};

struct option_table {
        const struct option_key *keys;
        size_t n_keys;
        /* Whether all that follows the first @n words is somebody else's command line; NULL: never.
         */
        bool (*ends)(char *const *words, int n);
};

/* Ways to parse: a bool becomes true; a const char * becomes the argument, one of the choices where
 * there are any. */
int option_parse_flag(const struct option_key *key, const char *value, void *field,
                      struct error *error);
int option_parse_word(const struct option_key *key, const char *value, void *field,
                      struct error *error);

/* Whether the verb knows the option. */
bool option_is_for(const struct option_key *key, const char *verb);

/* Takes all options out of @argv into @options (those of the verb that the first word is), and
 * leaves the words, in their order, at the beginning of @argv behind the program's name: *ret_n of
 * them from argv[1] on. @given (may be NULL) gets for each key whether it was there. 0, or -EINVAL
 * with the sentence. */
int option_parse(const struct option_table *table, void *options, int argc, char **argv, int *ret_n,
                 bool *given, struct error *error);

/* A line of --help for each option that @verb knows; NULL: each that is for all. */
void option_print_help(const struct option_table *table, const char *verb, FILE *f);
