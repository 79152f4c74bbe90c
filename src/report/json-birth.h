/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A birth certificate as JSON: the one place where its keys are spelled. */

#include <jansson.h>

#include "census/birth.h"

/* {"pid", "tid", "startTicks", "comm", "thread", "unit", "uid", "openedUSec", "accepted",
 * "frames"}. A new reference, or NULL when out of memory. */
json_t *json_birth(const struct birth *b);
