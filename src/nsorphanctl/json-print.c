/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "nsorphanctl/json-print.h"

#include "nsorphanctl/fail.h"

int json_print(json_t *value, enum json_mode mode)
{
        if (!value)
                return fail_because(-ENOMEM, &(struct error){});
        if (json_dumpf(value, stdout, mode == JSON_PRETTY ? JSON_INDENT(8) : JSON_COMPACT) < 0)
                return fail_with(EXIT_FAILURE, "Failed to print the JSON: %m");
        putchar('\n');
        return EXIT_SUCCESS;
}
