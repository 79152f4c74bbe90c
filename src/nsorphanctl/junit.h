/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Results of tests as JUnit XML, which the pages of CI systems show. Pure. */

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum junit_result {
        JUNIT_PASSED,
        JUNIT_FAILED,
        JUNIT_ERROR, /* it was not tested */
        JUNIT_SKIPPED,
};

/* Strings may hold anything: what XML has no way to say is written as \xNN. */
struct junit_case {
        const char *name;
        enum junit_result result;
        const char *message; /* of what is not passed: one line */
        const char *text;    /* of what failed; NULL */
        const char *output;  /* to be shown whatever the result; NULL */
        uint64_t usec;       /* that it took */
};

struct junit_property {
        const char *name, *value;
};

struct junit_suite {
        const char *name;
        uint64_t start_usec; /* CLOCK_REALTIME */
        const struct junit_property *properties;
        size_t n_properties;
        const struct junit_case *cases;
        size_t n_cases;
};

void junit_write(FILE *f, const struct junit_suite *suite);
