/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What the daemon lists as JSON, like that of a scan. */

#include <jansson.h>
#include <stdbool.h>

/* {"version", "host", "scan", "coverage", @key: @list}, the middle ones out of @status (what
 * GetStatus answered). New reference, NULL when out of memory. */
json_t *list_json(const json_t *status, const char *key, json_t *list);

/* Whether two answers of GetStatus are about one scan. */
bool list_json_is_same_scan(const json_t *a, const json_t *b);
