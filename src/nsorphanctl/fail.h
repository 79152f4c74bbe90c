/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The sentence on stderr of what failed, and the exit status for it. */

#include "util/error.h"
#include "util/exit-status.h"

/* Prints @error's sentence, or that of @errnum where it is empty, and returns the exit status. */
int fail_because(int errnum, const struct error *error);

/* Prints the sentence and returns @status. */
int fail_with(int status, const char *format, ...) _printf_(2, 3);
