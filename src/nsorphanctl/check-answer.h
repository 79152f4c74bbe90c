/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What `check` answers. */

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "nsorphanctl/verb.h"

struct check_answer {
        int status; /* CHECK_*, the exit status */
        char text[600];
        bool counted;
        uint64_t counts[CHECK_UNKNOWN + 1];
};

/* "OK", "WARNING": as Nagios and its kin call the exit status. */
const char *check_answer_word(int status);

/* A new reference, or NULL when out of memory. */
json_t *check_answer_json(const struct check_answer *a);
