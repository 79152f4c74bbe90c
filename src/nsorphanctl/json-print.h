/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <jansson.h>

#include "nsorphanctl/options.h"

/* Prints @value as --json= asks, one line for short. 0 or a negative errno: -ENOMEM also for NULL.
 */
int json_print_value(json_t *value, enum json_mode mode);

/* The same, with the sentence of what failed. Returns an exit status. */
int json_print(json_t *value, enum json_mode mode);
