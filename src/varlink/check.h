/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The one place that tells whether JSON agrees with an interface description. */

#include <jansson.h>

#include "varlink/interface.h"

/* Whether the object @parameters agrees with the struct @type: no unknown member, none missing
 * that is not optional, every value of its type; integers where floats are asked for are right, the
 * reverse is wrong. Returns 0, or -EINVAL with the name of the first wrong parameter of the outer
 * object in @ret_parameter (borrowed from @parameters or @type). Serves calls and, in tests,
 * replies and errors. */
int varlink_check(const struct varlink_type *type, json_t *parameters, const char **ret_parameter);
