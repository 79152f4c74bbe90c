/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The table of the verbs, for main() alone: no verb knows of another. */

#include <stdio.h>

#include "nsorphanctl/verb.h"
#include "util/error.h"

extern const struct verb verbs[];
extern const size_t n_verbs;

/* NULL when there is none. */
const struct verb *verbs_find(const char *name);

/* Takes all options out of @argv. Up to the verb they are accepted whatever verb they are for;
 * afterwards all are checked against it. @ret_words gets what is left, verb first, with its
 * number in @ret_n; it points into @argv, which is reordered. 0, or -EINVAL with the sentence. */
int verbs_parse_options(struct options *o, int argc, char **argv, char ***ret_words, int *ret_n,
                        struct error *error);

/* The program's help, and that of one verb. */
void verbs_print_help(FILE *f);
void verbs_print_help_of(const struct verb *verb, FILE *f);
