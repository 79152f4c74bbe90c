/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Lines that fit a terminal. What goes elsewhere is left as it is, for scripts. */

#include <stdbool.h>
#include <stdio.h>

/* At the start of a line that is folded: it is left whole, however long it is, for somebody pastes
 * it. It is not printed. */
#define FOLD_KEEP "\001"

/* Columns of the terminal that @fd is, as $COLUMNS says or else the terminal itself; 0 where it is
 * none. To be asked for stdout before a pager takes its place. */
size_t fold_columns(int fd);

/* Columns that @length bytes of text take, without newlines. */
size_t fold_width(const char *text, size_t length);

/* From now on lines that are printed to stdout are folded at spaces where they are longer than
 * @columns (0: they are not); but not in words, which may be longer than that. A continued line is
 * indented by two more, or to what follows a label of 12 columns. Before pager_open(). Whether they
 * are: nothing has changed when out of memory. */
bool fold_start(size_t columns);

/* The same for a line without its newline, to @out. */
void fold_line(FILE *out, const char *line, size_t length, size_t columns);
