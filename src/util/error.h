/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What went wrong, as a sentence for a person.
 *
 * A function that can fail for reasons a user must understand takes a `struct error *` as its
 * last argument (may be NULL) and fills it before it returns its negative errno. The sentence
 * names the thing and the way out, starts with a capital, and ends without full stop or newline;
 * it holds nothing unescaped from other processes. Only main, the scheduler and the verbs print
 * it. */

#include "util/macro.h"

struct error {
        char text[512];
};

/* Sets the sentence and returns @errnum made negative, so that `return error_set(…)` reads well.
 * A sentence that is too long is cut. @error may be NULL. Leaves errno alone. */
int error_set(struct error *error, int errnum, const char *format, ...) _printf_(3, 4);

/* As error_set(), and appends ": " and strerror(@errnum). */
int error_set_errno(struct error *error, int errnum, const char *format, ...) _printf_(3, 4);

/* -ENOMEM with the sentence everyone knows. */
int error_oom(struct error *error);
