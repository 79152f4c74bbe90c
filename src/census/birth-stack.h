/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What is worth telling of a birth's stack in a sentence: not the wrappers of system calls at its
 * inner end, not the runtime at its outer one, and no bare addresses. */

#include "census/birth.h"

/* How many frames are picked at most. */
#define BIRTH_STACK_MAX 8

/* Fills @ret with places in @b->frames, innermost first. Returns how many. */
size_t birth_stack_pick(const struct birth *b, size_t ret[static BIRTH_STACK_MAX]);

/* A copy of @b that has these frames alone; NULL when out of memory. */
struct birth *birth_stack_shorten(const struct birth *b);
