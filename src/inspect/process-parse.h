/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What bytes of a process, and of the program it runs, mean. Pure functions. */

#include <stdbool.h>
#include <stddef.h>

/* The arguments in the content of /proc/PID/cmdline as one line: escaped, and quoted as for a shell
 * where an argument needs it. New string, NULL when out of memory. */
char *process_parse_command_line(const char *arguments, size_t n);

/* Whether the first bytes of an executable say that Go's linker made it. */
bool process_parse_is_go(const char *bytes, size_t n);
