/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which exit status wins: the whole table. */
#include "nsorphanctl/run-status.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "util/macro.h"

#define NOT_GIVEN (-1)

static void test_table(void **state)
{
        static const struct {
                struct command_end end;
                bool leaked, failed;
                int error_exitcode;
                int expected;
        } rows[] = {
                {{0, 0}, false, false, NOT_GIVEN, 0},
                {{0, 0}, true, false, NOT_GIVEN, 23},
                {{0, 0}, false, true, NOT_GIVEN, 125},
                {{0, 0}, true, true, NOT_GIVEN, 23},
                {{7, 0}, false, false, NOT_GIVEN, 7},
                {{7, 0}, true, false, NOT_GIVEN, 7},
                {{7, 0}, false, true, NOT_GIVEN, 7},
                {{7, 0}, true, true, NOT_GIVEN, 7},
                {{127, 0}, false, false, NOT_GIVEN, 127},
                {{0, SIGTERM}, false, false, NOT_GIVEN, 143},
                {{0, SIGKILL}, true, true, NOT_GIVEN, 137},

                {{0, 0}, false, false, 99, 0},
                {{0, 0}, true, false, 99, 99},
                {{0, 0}, false, true, 99, 125},
                {{0, 0}, true, true, 99, 99},
                {{7, 0}, false, false, 99, 7},
                {{7, 0}, true, false, 99, 99},
                {{7, 0}, false, true, 99, 7},
                {{0, SIGKILL}, true, false, 99, 99},

                {{0, 0}, true, false, 0, 0},
                {{0, 0}, true, true, 0, 125},
                {{7, 0}, true, false, 0, 7},
        };

        for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
                const struct run_outcome o = {
                        .end = rows[i].end,
                        .leaked = rows[i].leaked,
                        .failed = rows[i].failed,
                        .has_error_exitcode = rows[i].error_exitcode != NOT_GIVEN,
                        .error_exitcode = MAX(rows[i].error_exitcode, 0),
                };
                if (run_status(&o) != rows[i].expected)
                        fail_msg("row %zu: %d, not %d", i, run_status(&o), rows[i].expected);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_table),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
