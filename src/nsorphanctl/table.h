/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What all tables of the client have in common. */

#include <libsmartcols/libsmartcols.h>

#include "nsorphanctl/options.h"

/* A table without columns. 0 or -ENOMEM. */
int table_new(struct libscols_table **ret, bool colors, const struct options *options);
void table_unrefp(struct libscols_table **table);

/* Prints it to stdout. On a terminal that is too narrow the last columns stand below each row, in
 * words; for a script it is as wide as it is, and nothing is ever cut. 0 or a negative errno. */
int table_print(struct libscols_table *table, const struct options *options);

/* Puts @text, which it takes over (NULL: out of memory), into column @i. 0 or -ENOMEM. */
int table_set(struct libscols_line *line, size_t i, char *text);

/* What stands in a cell, "-" where the fact is absent (0, NULL): new strings, NULL when out of
 * memory. */
char *table_number(uint64_t number);
char *table_text(const char *s);
char *table_ago(uint64_t realtime_usec); /* "3min ago" */
