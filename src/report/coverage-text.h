/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What a scan did not see, in sentences. */

#include "census/census.h"

/* A sentence without full stop for each thing, and behind it whose doing it is: *ret_n new strings
 * in *ret. 0, or -ENOMEM with none. */
int coverage_text_reasons(const struct census *census, char ***ret, size_t *ret_n);

void coverage_text_free(char **reasons, size_t n);
