/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <jansson.h>

#include "nsorphanctl/options.h"

/* Prints @value as --json= asks, one line for short. Returns an exit status. */
int json_print(json_t *value, enum json_mode mode);
