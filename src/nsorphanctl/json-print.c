/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "nsorphanctl/json-print.h"

#include <string.h>

#include "nsorphanctl/fail.h"

int json_print_value(json_t *value, enum json_mode mode)
{
        if (!value)
                return -ENOMEM;
        if (json_dumpf(value, stdout, mode == JSON_PRETTY ? JSON_INDENT(8) : JSON_COMPACT) < 0)
                return negative_errno();
        putchar('\n');
        return 0;
}

int json_print(json_t *value, enum json_mode mode)
{
        int r = json_print_value(value, mode);

        if (!value)
                return fail_because(r, &(struct error){});
        return r < 0 ? fail_with(EXIT_FAILURE, "Failed to print the JSON: %s", strerror(-r))
                     : EXIT_SUCCESS;
}
