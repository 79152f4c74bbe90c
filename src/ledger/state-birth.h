/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A holder's birth certificate in the state file. */

#include <jansson.h>

#include "census/birth.h"
#include "util/text-buffer.h"

/* Appends the member "birth"; nothing where @birth is NULL. */
void state_birth_print(struct text_buffer *b, const struct birth *birth);

/* Takes the birth out of @holder, where it has one: *ret is its, or NULL. *ret_keys is increased by
 * the number of its keys. 0, -EBADMSG or -ENOMEM. */
int state_birth_parse(const json_t *holder, struct birth **ret, size_t *ret_keys);
