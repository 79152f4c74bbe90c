/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Threads that are in the namespace while their process lives elsewhere. */

#include "nsorphanctl/explain-text.h"

/* "thread 2905 of dockerd (pid 2902), which itself is in net:[…]: a stray thread", a line each. */
void explain_stray_print(FILE *f, const struct inspection *i);
/* Cause and cure, where nothing but stray threads is in it. */
void explain_stray_print_cause(FILE *f, const struct explain *e);
