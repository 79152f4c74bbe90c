/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What bytes of a process mean. Pure functions. */

#include <stddef.h>

/* The arguments in the content of /proc/PID/cmdline as one line: escaped, and quoted as for a shell
 * where an argument needs it. New string, NULL when out of memory. */
char *process_parse_command_line(const char *arguments, size_t n);
