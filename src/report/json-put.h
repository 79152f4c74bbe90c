/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Members of JSON objects, for those that write them. */

#include <jansson.h>
#include <stdint.h>

/* Sets @key, taking @value. 0, or -ENOMEM when either is out of memory. */
int json_put(json_t *object, const char *key, json_t *value);
/* Sets @key to the string, or leaves it away when that is NULL. */
int json_put_string(json_t *object, const char *key, const char *value);
/* Sets @key, or leaves it away when 0. */
int json_put_nonzero(json_t *object, const char *key, uint64_t value);
