/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Who opened a socket, out of a daemon's reply: as nsorphanctl/decode.h. */

#include <jansson.h>

#include "census/census.h"
#include "util/error.h"

/* The birth of @holder, where it has one: *ret is a new one, or NULL. */
int decode_birth(const json_t *holder, struct birth **ret, struct error *error);

/* How births are noted, {"trace": …}; zero where they are not. */
int decode_birth_trace(const json_t *reply, struct census_trace *ret, struct error *error);
