/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <jansson.h>
#include <stdint.h>

#include "nsorphanctl/options.h"

/* Prints @value as --json= asks, one line for short. Returns an exit status. */
int json_print(json_t *value, enum json_mode mode);

/* Members of a reply that may be missing. Borrowed. */
const char *json_get_string(json_t *object, const char *key, const char *otherwise);
uint64_t json_get_u64(json_t *object, const char *key); /* 0 when missing */
bool json_get_bool(json_t *object, const char *key);    /* false when missing */
